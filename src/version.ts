/** Set by the build (`scripts/build.mjs`) from package.json. */
declare const CARDFERRY_VERSION: string | undefined;

export const VERSION = typeof CARDFERRY_VERSION === 'string' ? CARDFERRY_VERSION : '0.0.0-source';
export const PROD_ID = `-//cardferry//cardferry ${VERSION}//EN`;
