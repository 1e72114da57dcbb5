#pragma once
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace calluna::runtime::doctor {

/// An action of AMI that somebody will send, and what for.
struct need {
  std::string action;
  std::string why;  ///< "calls.click in app sales, init.lua:12"
};

/// What the runtime itself sends to a PBX: it reads back the calls there are.
std::vector<need> needs_of_runtime();
/// What a script's text says that it will send: by the verbs of calluna.calls and
/// calluna.app_queue, and by literal actions. A guess, as any look at a text is.
std::vector<need> needs_of_script(std::string_view app, std::string_view file,
                                  std::string_view text);

/// The class of `write =` in manager.conf that an action wants (Asterisk 16 to 22); empty: none, or
/// unknown. Where several would do, the one that gives least.
std::string_view write_class_of(std::string_view action) noexcept;

/// One line for each class that is missing; empty if everything may be sent. `allowed`: the
/// actions that ListCommands has told.
std::vector<std::string> missing_rights(std::vector<need> const& needs,
                                        std::set<std::string, std::less<>> const& allowed);

}  // namespace calluna::runtime::doctor
