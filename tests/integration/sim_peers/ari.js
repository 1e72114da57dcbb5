// npm's ari-client, unchanged: a caller is answered, hears something, talks to a phone.
const client = require('ari-client');
const [, , port] = process.argv;
const steps = [];

function fail(why) {
  console.error('ari-client: ' + why + '; so far: ' + steps.join(', '));
  process.exit(1);
}
setTimeout(() => fail('too slow'), 20000);

client.connect(`http://127.0.0.1:${port}`, 'calluna', 'offline', (error, ari) => {
  if (error) return fail(error.message);
  let mine;
  ari.on('StasisStart', async (event, channel) => {
    try {
      if (event.args[0] === 'phone') {
        steps.push('phone');
        const bridge = ari.Bridge();
        await bridge.create({ type: 'mixing' });
        await bridge.addChannel({ channel: [mine.id, channel.id] });
        const full = await ari.bridges.get({ bridgeId: bridge.id });
        if (full.channels.length !== 2) return fail('the bridge has ' + full.channels.length);
        steps.push('bridge');
        await bridge.destroy();
        await channel.hangup();
        return await mine.hangup();
      }
      if (mine) return await channel.hangup();
      mine = channel;
      steps.push('start ' + channel.caller.number + ' ' + event.args.join());
      channel.once('StasisEnd', () => {
        steps.push('end');
        console.log('ari-client: ' + steps.join(', '));
        process.exit(0);
      });
      await channel.answer();
      const playback = ari.Playback();
      playback.once('PlaybackFinished', async () => {
        steps.push('played');
        const phone = ari.Channel();
        await phone.originate({ endpoint: 'PJSIP/101', app: 'peers', appArgs: 'phone' });
      });
      await channel.play({ media: 'sound:hello-world' }, playback);
      await channel.setChannelVar({ variable: 'A', value: 'b' });
      const value = await channel.getChannelVar({ variable: 'A' });
      if (value.value !== 'b') fail('the variable is ' + value.value);
    } catch (e) {
      fail(e.message);
    }
  });
  ari.start('peers');
});
