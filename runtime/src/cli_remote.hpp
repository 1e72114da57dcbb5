#pragma once
#include "cli_arguments.hpp"

#include <calluna/result.hpp>

#include <nlohmann/json_fwd.hpp>

#include <iosfwd>
#include <string>

namespace calluna::runtime {

// The commands that talk to a runtime that runs. Those which return an exit code tell what they
// have to say on `out`, and mistakes on `err`.

/// The runtime's answer; `offline` if there is none.
result<nlohmann::json> ask(cli_arguments const& a, nlohmann::json const& request);
/// Prints an answer, as JSON or for people.
int show(result<nlohmann::json> const& answer, bool as_json, std::ostream& out, std::ostream& err);
int do_calls(cli_arguments const& a, std::ostream& out, std::ostream& err);
int do_tail(cli_arguments const& a, std::ostream& out, std::ostream& err);
int do_token(cli_arguments const& a, std::string const& what, std::ostream& out, std::ostream& err);
int do_top(cli_arguments const& a, std::ostream& out, std::ostream& err);

}  // namespace calluna::runtime
