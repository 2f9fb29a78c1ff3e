/** Where the page begins: the path decides which view it is. */
import { render } from 'preact';
import { CubesView } from './cubes.js';
import { FlowView } from './flow/flow.js';

const views = [
  { path: '/', label: 'Data cubes' },
  { path: '/flow', label: 'Flow' },
];

function Page() {
  const here = location.pathname;
  return (
    <>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <header class="top">
        <strong class="brand">Orderflow</strong>
        <nav aria-label="Views">
          {views.map(({ path, label }) => (
            <a key={path} href={path} aria-current={path === here ? 'page' : undefined}>
              {label}
            </a>
          ))}
        </nav>
        <span class="zone">All times are UTC</span>
      </header>
      <main id="content" tabIndex={-1}>
        {here === '/flow' ? <FlowView /> : <CubesView />}
      </main>
    </>
  );
}

render(<Page />, document.getElementById('page')!);
