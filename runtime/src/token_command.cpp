#include "token_command.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <charconv>

namespace calluna::runtime {

using nlohmann::json;

result<void> make_state_folder(std::filesystem::path const& folder) {
  namespace fs = std::filesystem;
  std::error_code code;
  if (fs::create_directories(folder, code)) fs::permissions(folder, fs::perms::owner_all, code);
  if (!code) return {};
  return fail(error_kind::refused,
              fmt::format("the folder '{}' cannot be made: {}", folder.string(), code.message()));
}

std::optional<std::int64_t> read_lifetime(std::string_view text) {
  std::int64_t count = 0;
  auto const [end, code] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (code != std::errc{} || end + 1 != text.data() + text.size()) return {};
  auto const unit = *end == 'm' ? 60 : *end == 'h' ? 3600 : *end == 'd' ? 86'400 : 0;
  constexpr std::int64_t ten_years = 3650LL * 86'400;
  if (unit == 0 || count < 1 || count > ten_years / unit) return {};
  return count * unit;
}

namespace {

json shown(web::token_entry const& entry) {
  json j{{"name", entry.name},
         {"user", entry.user},
         {"ending", entry.ending},
         {"created", entry.created},
         {"paths", entry.paths}};
  if (entry.expires) j["expires"] = *entry.expires;
  return j;
}

result<json> add(web::token_store& tokens, json const& request) {
  web::token_store::options wanted;
  wanted.name = request.value("name", "");
  wanted.user = request.value("user", "");
  wanted.paths = request.value("paths", std::vector<std::string>{});
  auto const now = web::unix_now();
  if (auto const lifetime = request.value("lifetime", ""); !lifetime.empty()) {
    auto const seconds = read_lifetime(lifetime);
    if (!seconds)
      return fail(error_kind::invalid,
                  fmt::format("'{}' is no lifetime: 90d, 12h or 30m, ten years at most", lifetime));
    wanted.expires = now + *seconds;
  }
  auto text = tokens.add(wanted, now);
  if (!text) return fail(text.error());
  return json{{"name", wanted.name}, {"token", std::move(*text)}};
}

}  // namespace

result<json> run_token_command(web::token_store& tokens, json const& request) {
  auto const what = request.value("do", "");
  if (what == "add") return add(tokens, request);
  if (what == "list") {
    if (auto const read = tokens.refresh(); !read) return fail(read.error());
    auto list = json::array();
    for (auto const& entry : tokens.list()) list.push_back(shown(entry));
    return json{{"tokens", std::move(list)}};
  }
  if (what == "revoke") {
    if (auto const done = tokens.revoke(request.value("name", "")); !done)
      return fail(done.error());
    return json::object();
  }
  return fail(error_kind::invalid, "'do' is add, list or revoke");
}

}  // namespace calluna::runtime
