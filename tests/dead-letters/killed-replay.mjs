/** A replay of all dead letters that ends on its way, as the test says: a process of its own, from the build. */
import { loadConfig } from '../../dist/config.js';
import { replay } from '../../dist/dead-letters/replay.js';
import { withSender } from '../../dist/dead-letters/send.js';

const [, , where] = process.argv;
const config = loadConfig();

await withSender(config, (sendToKafka) =>
  replay(
    config,
    { all: {} },
    {
      by: 'killed',
      why: '',
      async send(records) {
        if (where === 'after sending') await sendToKafka(records);
        if (where !== 'while sending') process.kill(process.pid, 'SIGKILL');
        console.log('sending');
        await new Promise(() => {});
      },
    },
  ),
);
