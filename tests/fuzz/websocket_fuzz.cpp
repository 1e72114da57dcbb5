// Any bytes as a server's answer to the upgrade and as frames; the first byte chooses where the
// stream is cut in two, which must make no difference.
#include <calluna/io/websocket_codec.hpp>

#include <cstdlib>
#include <string>
#include <vector>

namespace {

struct outcome {
  std::vector<std::string> payloads;
  std::error_code violation;
  bool operator==(outcome const&) const = default;
};

outcome decode(std::string_view all, std::size_t cut) {
  outcome o;
  calluna::io::websocket_decoder decoder(4096);
  std::string unread;
  for (auto const chunk : {all.substr(0, cut), all.substr(cut)}) {
    unread += chunk;
    std::string_view bytes = unread;
    for (;;) {
      calluna::io::websocket_message m;
      auto const got = decoder.next(bytes, m);
      if (!got) return o.violation = got.error().code, o;
      if (!*got) break;
      o.payloads.emplace_back(m.payload);
    }
    if (decoder.wanted() <= bytes.size()) std::abort();
    unread.erase(0, unread.size() - bytes.size());
  }
  return o;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(unsigned char const* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view const all(reinterpret_cast<char const*>(data) + 1, size - 1);
  auto const cut = static_cast<std::size_t>(data[0]) % (all.size() + 1);
  if (decode(all, all.size()) != decode(all, cut)) std::abort();
  calluna::io::websocket_upgrade const upgrade("h", "/", "", "dGhlIHNhbXBsZSBub25jZQ==");
  if (auto const used = upgrade.read_answer(all); used && *used > all.size()) std::abort();
  return 0;
}
