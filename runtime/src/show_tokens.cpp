#include "show_tokens.hpp"

#include <calluna/runtime/log.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <ctime>
#include <vector>

namespace calluna::runtime {
namespace {

using nlohmann::json;

std::string day_of(std::int64_t at) {
  auto const seconds = static_cast<std::time_t>(at);
  std::tm day{};
  ::gmtime_r(&seconds, &day);
  return fmt::format("{:04}-{:02}-{:02}", day.tm_year + 1900, day.tm_mon + 1, day.tm_mday);
}

std::string end_of(json const& token, std::int64_t now) {
  if (!token.contains("expires")) return "never";
  auto const at = token["expires"].get<std::int64_t>();
  return at <= now ? "expired" : day_of(at);
}

std::string paths_of(json const& token) {
  std::string all;
  for (auto const& path : token.value("paths", std::vector<std::string>{}))
    all += (all.empty() ? "" : " ") + path;
  return all.empty() ? "all" : all;
}

}  // namespace

std::string tokens_table(json const& answer, std::int64_t now) {
  using row = std::array<std::string, 6>;
  std::vector<row> rows{{"NAME", "USER", "ENDS IN", "CREATED", "EXPIRES", "PATHS"}};
  for (auto const& token : answer.value("tokens", json::array())) {
    auto const user = token.value("user", "");
    rows.push_back({token.value("name", ""), user.empty() ? "-" : user, token.value("ending", ""),
                    day_of(token.value("created", std::int64_t{0})), end_of(token, now),
                    paths_of(token)});
  }
  if (rows.size() == 1) return "no tokens\n";
  std::array<std::size_t, 6> widths{};
  for (auto& r : rows)
    for (std::size_t i = 0; i < r.size(); ++i) {
      r[i] = escape_controls(r[i]);
      widths[i] = std::max(widths[i], r[i].size());
    }
  std::string text;
  for (auto const& r : rows) {
    std::string line;
    for (std::size_t i = 0; i < r.size(); ++i) line += fmt::format("{:<{}}  ", r[i], widths[i]);
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

}  // namespace calluna::runtime
