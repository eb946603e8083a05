/** The part of undici that we use, as a chunk of its own: it is large, and only providers with a server need it. */
export { Pool } from 'undici';
