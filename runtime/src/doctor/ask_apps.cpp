#include "../app_checks.hpp"
#include "look.hpp"

#include <calluna/runtime/control_client.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace calluna::runtime::doctor {

void ask_apps(config const& settings, std::set<std::string> const& with_check, teller const& tell) {
  auto const answer =
      call_control(settings.runtime.control_socket, {{"command", "check"}}, check_patience * 2);
  if (!answer) {
    bool const none = answer.error().kind == error_kind::offline;
    return tell({severity::note, "",
                 fmt::format("{} could not be asked for what they find themselves: {}",
                             fmt::join(with_check, ", "), answer.error().message),
                 none ? "calluna run, then doctor again" : ""});
  }
  auto silent = with_check;
  for (auto const& app : answer->value("apps", nlohmann::json::array())) {
    silent.erase(app.value("name", ""));
    auto const name = app.value("name", "");
    if (with_check.count(name) == 0) continue;
    auto const where = "app." + name;
    auto const& wrong = app["wrong"];
    for (auto const& [index, one] : wrong.items()) {
      auto const text = one.get<std::string>();
      // "What is wrong; what to do."
      auto const end = text.find("; ");
      tell({severity::bad, where, text.substr(0, end),
            end == text.npos ? "" : text.substr(end + 2)});
    }
    if (wrong.empty()) tell({severity::good, where, "finds what it needs", ""});
  }
  for (auto const& name : silent)
    tell({severity::note, "app." + name, "the runtime does not serve it, so it was not asked",
          "calluna status tells why"});
}

}  // namespace calluna::runtime::doctor
