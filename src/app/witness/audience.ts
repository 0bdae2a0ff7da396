/** For whom the controller's token is made that it shows the webhook: nobody else takes it, so that no other Pod gains by it. */
export const RECORD_AUDIENCE = 'chokepoint-record';
