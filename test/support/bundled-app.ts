/** The app of the bundles under test, under the name that a bundle expects. */
export { testApp as app } from './test-app';
