/** Where the page begins: the path decides which view it is. */
import { render } from 'preact';
import type { MeAnswer } from '../shared/answers.js';
import { getJson } from './api.js';
import { CubesView } from './cubes.js';
import { FlowView } from './flow/flow.js';
import { logOut } from './log-out.js';
import { Me } from './person.js';
import { Problems } from './status.js';

const views = [
  { path: '/', label: 'Data cubes' },
  { path: '/flow', label: 'Flow' },
];

interface PageProps {
  readonly me: MeAnswer | null;
  readonly problem?: string;
}

function Page({ me, problem }: PageProps) {
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
        {me?.name != null && (
          <span class="me">
            {me.name}
            <button type="button" onClick={() => void logOut()}>
              Log out
            </button>
          </span>
        )}
      </header>
      <main id="content" tabIndex={-1}>
        {problem !== undefined && <Problems sentences={[problem]} />}
        {me && <Me.Provider value={me}>{here === '/flow' ? <FlowView /> : <CubesView />}</Me.Provider>}
      </main>
    </>
  );
}

const page = document.getElementById('page')!;
getJson<MeAnswer>('/api/me').then(
  (me) => render(<Page me={me} />, page),
  (error: Error) => render(<Page me={null} problem={error.message} />, page),
);
