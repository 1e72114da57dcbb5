// npm's asterisk-manager, unchanged: events are heard, a phone is originated and hung up.
const manager = require('asterisk-manager');
const [, , port] = process.argv;
const steps = [];

function fail(why) {
  console.error('asterisk-manager: ' + why + '; so far: ' + steps.join(', '));
  process.exit(1);
}
setTimeout(() => fail('too slow'), 20000);

const ami = manager(port, '127.0.0.1', 'calluna', 'offline', true);
ami.on('error', (e) => fail(String(e)));
ami.on('originateresponse', (event) => {
  steps.push(event.response);
  ami.action({ action: 'coreshowchannels' }, (error) => {
    if (error) return fail(error.message);
    ami.action({ action: 'hangup', channel: event.channel }, (e, r) => {
      if (e) return fail(e.message);
      steps.push(r.message);
    });
  });
});
ami.on('hangup', (event) => {
  if (!event.channel.startsWith('PJSIP/101')) return;
  steps.push('hangup ' + event.cause);
  console.log('asterisk-manager: ' + steps.join(', '));
  process.exit(0);
});
ami.action({ action: 'originate', channel: 'PJSIP/101', context: 'from-trunk', exten: '200', priority: 1, async: 'true' },
  (error, response) => {
    if (error) return fail(error.message);
    steps.push(response.message);
  });
