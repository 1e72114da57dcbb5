#include "needs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace calluna::runtime::doctor {
namespace {

struct verb {
  std::string_view text;  ///< as it stands in a script
  std::vector<std::string_view> actions;
};

std::vector<verb> const& verbs() {
  static std::vector<verb> const all{
      {"calls.click", {"Originate", "Redirect", "Hangup", "Getvar"}},
      {"call:transfer", {"Redirect", "BlindTransfer"}},
      {"call:consult", {"Atxfer", "CancelAtxfer"}},
      {"call:hangup", {"Hangup"}},
      {"call:park", {"Park"}},
      {"call:record", {"MixMonitor", "StopMixMonitor"}},
      {"call:spy", {"Originate"}},
      {"call:send_dtmf", {"PlayDTMF"}},
      {"call:set_variable", {"Setvar"}},
      {"calluna.app_queue", {"QueueAdd", "QueueRemove", "QueuePause", "QueuePenalty"}},
  };
  return all;
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 32> classes{{
    {"Atxfer", "call"},
    {"BlindTransfer", "call"},
    {"CancelAtxfer", "call"},
    {"Command", "command"},
    {"CoreSettings", "reporting"},
    {"CoreShowChannels", "reporting"},
    {"CoreStatus", "reporting"},
    {"DBGet", "reporting"},
    {"DBPut", "system"},
    {"ExtensionState", "reporting"},
    {"Filter", "system"},
    {"GetConfig", "config"},
    {"Getvar", "reporting"},
    {"Hangup", "call"},
    {"MixMonitor", "call"},
    {"MixMonitorMute", "call"},
    {"ModuleLoad", "system"},
    {"MuteAudio", "system"},
    {"Originate", "originate"},
    {"Park", "call"},
    {"ParkedCalls", "call"},
    {"PlayDTMF", "call"},
    {"PJSIPNotify", "system"},
    {"PJSIPShowEndpoint", "system"},
    {"QueueAdd", "agent"},
    {"QueuePause", "agent"},
    {"QueuePenalty", "agent"},
    {"QueueRemove", "agent"},
    {"Redirect", "call"},
    {"Setvar", "call"},
    {"StopMixMonitor", "call"},
    {"UserEvent", "user"},
}};

/// The name in `Action = "Name"`, or nothing.
std::string_view literal_action(std::string_view line) {
  auto at = line.find("Action");
  if (at == line.npos) return {};
  at = line.find_first_not_of(" \t", at + 6);
  if (at == line.npos || line[at] != '=') return {};
  at = line.find_first_not_of(" \t", at + 1);
  if (at == line.npos || (line[at] != '"' && line[at] != '\'')) return {};
  auto const end = line.find(line[at], at + 1);
  return end == line.npos ? std::string_view{} : line.substr(at + 1, end - at - 1);
}

}  // namespace

std::vector<need> needs_of_runtime() {
  return {{"CoreShowChannels", "reading back the calls there are"},
          {"ParkedCalls", "reading back the calls there are"}};
}

std::vector<need> needs_of_script(std::string_view app, std::string_view file,
                                  std::string_view text) {
  std::vector<need> found;
  for (int number = 1; !text.empty(); ++number) {
    auto const end = std::min(text.find('\n'), text.size());
    auto const line = text.substr(0, text.substr(0, end).find("--"));
    auto const code = line.substr(0, std::min(line.size(), end));
    text.remove_prefix(std::min(end + 1, text.size()));
    auto const place = [&](std::string_view what) {
      return fmt::format("{} in app {}, {}:{}", what, app, file, number);
    };
    for (auto const& v : verbs())
      if (code.find(v.text) != code.npos)
        for (auto const action : v.actions) found.push_back({std::string(action), place(v.text)});
    if (auto const action = literal_action(code); !action.empty())
      found.push_back({std::string(action), place("the action itself")});
  }
  return found;
}

std::string_view write_class_of(std::string_view action) noexcept {
  auto const found = std::find_if(classes.begin(), classes.end(),
                                  [&](auto const& one) { return one.first == action; });
  return found == classes.end() ? std::string_view{} : found->second;
}

std::vector<std::string> missing_rights(std::vector<need> const& needs,
                                        std::set<std::string, std::less<>> const& allowed) {
  // By class: its actions, and the first place that wants each.
  std::map<std::string, std::map<std::string, std::string>> missing;
  for (auto const& n : needs) {
    if (allowed.contains(n.action)) continue;
    auto const name = write_class_of(n.action);
    missing[name.empty() ? "?" : std::string(name)].try_emplace(n.action, n.why);
  }
  std::vector<std::string> lines;
  for (auto const& [name, actions] : missing) {
    std::string text;
    for (auto const& [action, why] : actions)
      text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", action, why);
    lines.push_back(name == "?" ? fmt::format("not there, or not allowed: {}", text)
                                : fmt::format("\"write\" lacks {}: {}", name, text));
  }
  return lines;
}

}  // namespace calluna::runtime::doctor
