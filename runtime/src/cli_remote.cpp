#include "cli_remote.hpp"

#include "show_answer.hpp"
#include "show_calls.hpp"
#include "show_tokens.hpp"
#include "show_top.hpp"
#include "token_command.hpp"

#include <calluna/runtime/cli.hpp>
#include <calluna/runtime/control_client.hpp>
#include <calluna/runtime/log.hpp>
#include <calluna/runtime/web_door.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <iostream>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace calluna::runtime {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Where the runtime may be: what was named, else where it listens by default.
std::vector<fs::path> socket_candidates(cli_arguments const& a) {
  if (!a.socket.empty()) return {a.socket};
  auto const file = !a.config_file.empty() ? a.config_file
                                           : environment("CALLUNA_CONFIG").value_or("calluna.toml");
  if (auto named = control_socket_of(file)) return {*named};
  return default_control_sockets();
}

/// Redrawn when it has changed, until interrupted.
int watch_calls(cli_arguments const& a, std::ostream& out, std::ostream& err) {
  std::string shown;
  for (;;) {
    auto const answer = ask(a, {{"command", "calls"}});
    if (!answer) return show(answer, false, out, err);
    auto table = calls_table(*answer);
    if (table != shown) out << "\x1b[H\x1b[2J" << (shown = std::move(table)) << std::flush;
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
}

/// Where tokens are when no runtime can be asked.
result<fs::path> state_folder(cli_arguments const& a) {
  std::error_code code;
  auto const named =
      !a.config_file.empty() ? std::optional(a.config_file) : environment("CALLUNA_CONFIG");
  if (named && !fs::is_regular_file(*named, code))
    return fail(error_kind::invalid, fmt::format("there is no '{}'", *named));
  return state_folder_of(named.value_or("calluna.toml")).value_or(default_state_folder());
}

/// The runtime does it; if none runs, it is done to its file.
result<json> ask_for_token(cli_arguments const& a, json const& request, std::ostream& err) {
  auto const answer = ask(a, request);
  if (answer || answer.error().kind != error_kind::offline || !a.socket.empty()) return answer;
  auto const folder = state_folder(a);
  if (!folder) return fail(folder.error());
  if (auto const made = make_state_folder(*folder); !made) return fail(made.error());
  auto const file = *folder / web_door::token_file;
  web::token_store tokens{file};
  auto done = run_token_command(tokens, request);
  if (done) err << "calluna: no runtime runs, so this is about " << file.string() << '\n';
  return done;
}

}  // namespace

result<json> ask(cli_arguments const& a, json const& request) {
  auto const candidates = socket_candidates(a);
  std::optional<error> first;
  for (auto const& socket : candidates) {
    auto answer = call_control(socket, request, std::chrono::seconds(a.timeout_seconds));
    if (answer || answer.error().kind != error_kind::offline) return answer;
    if (!first) first = answer.error();
  }
  return fail(*first);
}

int show(result<json> const& answer, bool as_json, std::ostream& out, std::ostream& err) {
  if (!answer) {
    err << "calluna: " << escape_controls(answer.error().message) << '\n';
    return exit_failure;
  }
  if (as_json)
    out << answer->dump(2, ' ', false, json::error_handler_t::replace) << '\n';
  else
    show_answer(out, *answer);
  return exit_done;
}

/// Looks each second, until interrupted; or twice, a second apart.
int do_top(cli_arguments const& a, std::ostream& out, std::ostream& err) {
  bool const terminal = &out == &std::cout && ::isatty(STDOUT_FILENO) != 0;
  using clock = std::chrono::steady_clock;
  json before;
  for (auto seen = clock::now();;) {
    auto now = ask(a, {{"command", "status"}});
    if (!now) return show(now, false, out, err);
    auto const at = clock::now();
    auto const seconds = std::chrono::duration<double>(at - std::exchange(seen, at)).count();
    auto const first = before.is_null();
    if (terminal && !a.once)
      out << "\x1b[H\x1b[2J" << top_table(before, *now, seconds) << std::flush;
    else if (!first)
      return out << top_table(before, *now, seconds), exit_done;
    before = std::move(*now);
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
}

int do_calls(cli_arguments const& a, std::ostream& out, std::ostream& err) {
  bool const terminal = &out == &std::cout && ::isatty(STDOUT_FILENO) != 0;
  if (terminal && !a.once && !a.as_json) return watch_calls(a, out, err);
  auto const answer = ask(a, {{"command", "calls"}});
  if (!answer || a.as_json) return show(answer, a.as_json, out, err);
  out << calls_table(*answer);
  return exit_done;
}

int do_tail(cli_arguments const& a, std::ostream& out, std::ostream& err) {
  json request{{"command", "tail"}, {"call", a.call}};
  for (bool told = false;;) {
    auto const answer = ask(a, request);
    if (!answer) return show(answer, false, out, err);
    auto const call = answer->value("call", "");
    if (!std::exchange(told, told || !call.empty()) && !call.empty())
      out << "call " << escape_controls(call) << '\n';
    for (auto const& line : answer->value("lines", json::array())) out << timeline_line(line);
    out << std::flush;
    if (answer->value("ended", false)) return exit_done;
    request = {{"command", "tail"}, {"session", answer->value("session", 0)}};
  }
}

int do_token(cli_arguments const& a, std::string const& what, std::ostream& out,
             std::ostream& err) {
  json request{{"command", "token"}, {"do", what}};
  if (!a.token.empty()) request["name"] = a.token;
  if (!a.user.empty()) request["user"] = a.user;
  if (!a.expires.empty()) request["lifetime"] = a.expires;
  if (!a.paths.empty()) request["paths"] = a.paths;
  auto const answer = ask_for_token(a, request, err);
  if (!answer || a.as_json) return show(answer, a.as_json, out, err);
  if (what == "list") out << tokens_table(*answer, web::unix_now());
  if (what == "revoke") out << "revoked: " << a.token << '\n';
  if (what == "add") {
    out << answer->value("token", "") << '\n';
    err << "calluna: keep it now, it is not shown again\n";
  }
  return exit_done;
}

}  // namespace calluna::runtime
