#include "show_calls.hpp"

#include <calluna/runtime/log.hpp>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdint>
#include <ctime>

namespace calluna::runtime {
namespace {

using nlohmann::json;

std::string duration(double seconds) {
  auto const all = static_cast<std::int64_t>(std::max(0.0, seconds));
  return all < 3600 ? fmt::format("{}:{:02}", all / 60, all % 60)
                    : fmt::format("{}:{:02}:{:02}", all / 3600, all / 60 % 60, all % 60);
}

std::string text(json const& row, char const* key) {
  auto const value = row.value(key, "");
  return value.empty() ? "-" : escape_controls(value);
}

}  // namespace

std::string calls_table(json const& answer) {
  auto const& rows = answer.at("calls");
  static constexpr char form[] = "{:<24} {:<8} {:<8} {:<9} {:>8}  {:<16} {:<16} {}\n";
  auto table = fmt::format(form, "CALL", "PBX", "WAY", "STATUS", "TIME", "FROM", "TO", "WITH");
  for (auto const& row : rows) {
    std::string with;
    for (auto const& party : row.value("parties", json::array()))
      with += (with.empty() ? "" : " ") + escape_controls(party.get<std::string>());
    auto status = text(row, "status");
    if (row.contains("queue")) with += " in queue " + text(row, "queue");
    table +=
        fmt::format(form, text(row, "id"), text(row, "pbx"), text(row, "direction"), status,
                    duration(row.value("seconds", 0.0)), text(row, "from"), text(row, "to"), with);
  }
  return table + fmt::format("{} {}\n", rows.size(), rows.size() == 1 ? "call" : "calls");
}

std::string timeline_line(json const& line) {
  double whole = 0;
  double const part = std::modf(line.value("at", 0.0), &whole);
  auto const at = static_cast<std::time_t>(whole);
  std::tm local{};
  localtime_r(&at, &local);
  return fmt::format("{:%H:%M:%S}.{:03}  {}\n", local, static_cast<int>(part * 1000),
                     text(line, "text"));
}

}  // namespace calluna::runtime
