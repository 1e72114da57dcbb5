// How long finding an ARI event's routing fields takes. One thread, CPU time, best of several
// rounds.
#include <calluna/ari/event.hpp>
#include <calluna/io/websocket_codec.hpp>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <string>
#include <string_view>

namespace {

std::string make_event(std::string_view name) {
  std::string e =
      R"({"type":"ChannelStateChange","timestamp":"2026-11-21T01:36:02.123+0000","channel":{)"
      R"("id":"lab22-1795221016.71","name":"PJSIP/trunk-00000001","state":"Up",)"
      R"("protocol_id":"a8d1c0fe-8a41-4a0c-9d5e-0c8f7b7d3a10","caller":{"name":"@","number":"+14155550101"},)"
      R"("connected":{"name":"Agent Anna","number":"101"},"accountcode":"","dialplan":{"context":)"
      R"("from-trunk","exten":"app-vip-queue","priority":3,"app_name":"Stasis","app_data":"vip-queue"},)"
      R"("creationtime":"2026-11-21T01:36:01.001+0000","language":"en","caller_rdnis":"","tenantid":"",)"
      R"("channelvars":{"QUEUE":"support","VIP":"yes","PARTNER":"Ann Example Ltd","REF":"LAB-C00017"}},)"
      R"("asterisk_id":"52:54:00:12:34:56","application":"vip-queue"})";
  e.replace(e.find('@'), 1, name);
  return e;
}

template <class Work>
void measure(char const* what, std::size_t bytes, Work work) {
  constexpr int events = 200'000;
  double best = 1e9;
  for (int round = 0; round < 7; ++round) {
    auto const start = std::clock();
    for (int i = 0; i < events; ++i) work();
    best = std::min(best, static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
  }
  std::printf("%-44s %4zu bytes  %6.1f ns/event  %5.2f M/s  %5.2f GB/s\n", what, bytes,
              best / events * 1e9, events / best / 1e6,
              static_cast<double>(bytes) * events / best / 1e9);
}

}  // namespace

int main() {
  std::size_t found = 0;
  for (auto const name : {"Ann Example", "Ann \\\"VIP\\\" O'Neil \\\\"}) {
    auto const text = make_event(name);
    measure(name, text.size(), [&] {
      calluna::ari::event_view e;
      found += calluna::ari::scan_event(text, e) ? e.channel_id.size() : 0;
    });
  }
  auto const text = make_event("Ann");
  std::string stream = "\x81\x7e";
  stream += static_cast<char>(text.size() >> 8);
  stream += static_cast<char>(text.size() & 0xff);
  stream += text;
  calluna::io::websocket_decoder decoder;
  measure("WebSocket frame + scan", text.size(), [&] {
    std::string_view bytes = stream;
    calluna::io::websocket_message m;
    calluna::ari::event_view e;
    if (*decoder.next(bytes, m) && calluna::ari::scan_event(m.payload, e)) found += e.type.size();
  });
  return found == 0;
}
