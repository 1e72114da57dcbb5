/// Feeds an AGI session with arbitrary bytes, whole and byte by byte: both must be told the same
/// replies. A command is submitted whenever one may be.
#include <calluna/agi/session.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace calluna;

/// Lines, so that a command is submitted at the same places however the bytes are cut: before each
/// line that comes while the session is idle.
std::vector<std::string> told(std::string_view bytes, bool by_byte) {
  agi::session s;
  std::vector<std::string> all;
  while (!bytes.empty()) {
    auto const end = bytes.find('\n');
    auto const line = bytes.substr(0, end == bytes.npos ? bytes.size() : end + 1);
    bytes.remove_prefix(line.size());
    if (s.now_in() == agi::session::phase::idle && line != "HANGUP\n") s.submit("NOOP\n");
    bool heard = true;
    if (!by_byte) heard = s.received(line).has_value();
    for (std::size_t i = 0; by_byte && heard && i < line.size(); ++i)
      heard = s.received(line.substr(i, 1)).has_value();
    if (auto const r = s.take_reply())
      all.push_back(std::to_string(r->code) + r->result + r->value.value_or("-") + r->text);
    all.emplace_back(heard ? "" : "end");
    all.emplace_back(s.hung_up() ? "hung up" : "");
    if (!heard) break;
  }
  for (auto const& [name, value] : agi::query_fields(s.call().query)) all.push_back(name + value);
  all.push_back(s.call().script);
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const bytes(reinterpret_cast<char const*>(data), size);
  if (told(bytes, false) != told(bytes, true)) std::abort();
  return 0;
}
