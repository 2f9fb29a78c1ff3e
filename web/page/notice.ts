/** The button of the notice for those who have no role. */
import { logOut } from './log-out.js';

document.getElementById('log-out')!.addEventListener('click', () => void logOut());
