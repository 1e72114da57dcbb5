// Any bytes as an ARI event and as an answer: the slices found must lie inside them.
#include "../../sdk/src/ari/rest_message.hpp"

#include <calluna/ari/event.hpp>

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(unsigned char const* data, std::size_t size) {
  std::string_view const text(reinterpret_cast<char const*>(data), size);
  auto const inside = [&](std::string_view slice) {
    if (!slice.empty() &&
        (slice.data() < text.data() || slice.data() + slice.size() > text.data() + text.size()))
      std::abort();
  };
  calluna::ari::event_view e;
  calluna::ari::scan_event(text, e);
  for (auto const slice : {e.type, e.application, e.channel, e.channel_id, e.bridge_id, e.peer_id,
                           e.playback_id, e.recording_name, e.target_uri})
    inside(slice);
  calluna::ari::rest_response_view r;
  calluna::ari::scan_rest_response(text, r);
  inside(r.reason);
  inside(r.body);
  std::string plain;
  calluna::ari::append_json_unescaped(plain, r.body);
  std::string escaped, back;
  if (calluna::ari::append_json_escaped(escaped, text) &&
      (!calluna::ari::append_json_unescaped(back, escaped) || back != text))
    std::abort();
  return 0;
}
