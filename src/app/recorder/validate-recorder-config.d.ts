import type { Validator } from '../../core/gate/document/schema-check.ts';

/** Whether a document keeps to `policies/recorder-config.schema.json`. */
declare const validate: Validator;

export default validate;
