#include "cli_remote.hpp"
#include "console/console_command.hpp"
#include "new_app.hpp"
#include "recording/record_command.hpp"
#include "testing/replay.hpp"
#include "token_command.hpp"

#include <calluna/runtime/cli.hpp>
#include <calluna/runtime/doctor.hpp>
#include <calluna/runtime/log.hpp>
#include <calluna/runtime/sim.hpp>
#include <calluna/runtime/testing/test_run.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <iostream>
#include <system_error>

namespace calluna::runtime {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr char const* footer =
    "Exit codes: 0 done; 1 failed; 2 wrong arguments or configuration.\n"
    "Where TARGET is an app (a folder with init.lua, or a .lua file), the configuration is\n"
    "--config, else $CALLUNA_CONFIG, else calluna.toml in the app's folder, else ./calluna.toml.";

/// Which file to read, and the app that replaces those in it.
struct target {
  fs::path config_file;
  std::optional<fs::path> app;
};

result<target> find_target(cli_arguments const& a) {
  std::error_code code;
  fs::path const given{a.target};
  auto const status = fs::status(given, code);
  if (!fs::exists(status))
    return fail(error_kind::invalid, fmt::format("there is no '{}'", a.target));
  bool const is_app = fs::is_directory(status) || given.extension() == ".lua";
  if (!is_app && !a.config_file.empty())
    return fail(error_kind::invalid,
                "--config goes with an app; the target is a configuration already");
  if (!is_app) return target{given, {}};
  if (!a.config_file.empty()) return target{a.config_file, given};
  if (auto named = environment("CALLUNA_CONFIG")) return target{*named, given};
  auto const folder = fs::is_directory(status) ? given : given.parent_path();
  auto const beside = folder / "calluna.toml", here = fs::path{"calluna.toml"};
  for (auto const& file : {beside, here})
    if (fs::exists(file, code)) return target{file, given};
  return fail(
      error_kind::invalid,
      fmt::format("no configuration for '{}': neither --config nor CALLUNA_CONFIG is given, "
                  "and there is no '{}' and no './calluna.toml'",
                  a.target, beside.string()));
}

/// The configuration of the target; problems are told.
std::optional<config> read_target(cli_arguments const& a, std::ostream& err) {
  auto const found = find_target(a);
  if (!found) {
    err << "calluna: " << found.error().message << '\n';
    return {};
  }
  auto settings = load_config(found->config_file, found->app);
  if (settings) return std::move(*settings);
  for (auto const& line : settings.error()) err << line << '\n';
  return {};
}

int do_run(cli_arguments const& a, cli_actions const& actions, std::ostream& err) {
  auto settings = read_target(a, err);
  if (!settings) return exit_usage;
  if (settings->apps.empty()) {
    err << settings->file.string() << ": there is no app to run: add [app.<name>]\n";
    return exit_usage;
  }
  if (a.no_watch) settings->runtime.watch = false;
  if (!a.log_level.empty()) {
    constexpr std::array levels{log_level::debug, log_level::info, log_level::warning,
                                log_level::error};
    for (auto const level : levels)
      if (a.log_level[0] == "diwe"[static_cast<int>(level)]) settings->runtime.log_level = level;
  }
  run_options options{make_log_sink({settings->runtime.log_level, detect_log_format()})};
  logger const log{options.log, "config"};
  for (auto const& warning : settings->warnings) log.warning(warning);
  return actions.run(*settings, options);
}

int do_check(cli_arguments const& a, cli_actions const& actions, std::ostream& out,
             std::ostream& err) {
  auto const settings = read_target(a, err);
  if (!settings) return exit_usage;
  for (auto const& warning : settings->warnings) err << "warning: " << warning << '\n';
  auto const code = actions.check(*settings);
  if (code == exit_done) out << settings->file.string() << ": good\n";
  return code;
}

int do_new(cli_arguments const& a, std::ostream& out, std::ostream& err) {
  auto const written = new_app(a.target, a.from);
  if (!written) {
    err << "calluna new: " << escape_controls(written.error().message) << '\n';
    return exit_usage;
  }
  out << fmt::format("{} begins as the example {}:", a.target, a.from);
  for (auto const& file : *written) out << ' ' << file.string();
  out << fmt::format(
      "\n\n  cd {}\n  calluna test                 its cases\n  calluna sim office.toml      a PBX "
      "to try it with; type: call "
      "+14155550101 100 Ann\n  calluna run calluna.toml     in another terminal\n",
      a.target);
  return exit_done;
}

int do_doctor(cli_arguments const& a, std::ostream& out, std::ostream& err) {
  auto const settings = read_target(a, err);
  if (!settings) return exit_usage;
  int bad = 0;
  json all = json::array();
  doctor::examine(*settings, [&](doctor::finding const& f) {
    bad += f.how == doctor::severity::bad;
    auto const* const how = f.how == doctor::severity::good   ? "good"
                            : f.how == doctor::severity::note ? "note"
                                                              : "BAD";
    if (a.as_json) {
      all.push_back({{"how", how}, {"where", f.where}, {"what", f.what}, {"advice", f.advice}});
      return;
    }
    out << fmt::format("{}  {}{}\n", how, f.where.empty() ? "" : f.where + ": ",
                       escape_controls(f.what));
    if (!f.advice.empty()) out << "      -> " << escape_controls(f.advice) << '\n';
    out << std::flush;
  });
  if (a.as_json) out << all.dump(2, ' ', false, json::error_handler_t::replace) << '\n';
  return bad == 0 ? exit_done : exit_failure;
}

int do_sim(cli_arguments const& a, std::ostream& out, std::ostream& err) {
  if (a.scenario.empty()) return serve_sim(default_scenario(), out, err);
  if (fs::path(a.scenario).extension() == ".lua") return serve_sim_script(a.scenario, out, err);
  auto const read = load_scenario(a.scenario);
  if (read) return serve_sim(*read, out, err);
  for (auto const& line : read.error()) err << line << '\n';
  return exit_usage;
}

void add_target(CLI::App& command, cli_arguments& a) {
  command.add_option("target", a.target, "app folder, .lua file or configuration (.toml)")
      ->required()
      ->type_name("TARGET");
  command.add_option("--config", a.config_file, "configuration for the app")->type_name("FILE");
}

void add_socket(CLI::App& command, cli_arguments& a) {
  command.add_option("--socket", a.socket, "the runtime's control socket")->type_name("PATH");
  command.add_option("--config", a.config_file, "configuration that names the control socket")
      ->type_name("FILE");
  command.add_option("--timeout", a.timeout_seconds, "seconds to wait for the answer")
      ->check(CLI::Range(1, 3600))
      ->type_name("SECONDS");
  command.add_flag("--json", a.as_json, "print the answer as JSON");
}

/// What belongs to `test` alone.
struct test_arguments {
  testing::test_run_options run;
  double seconds = 10;
  bool watch = false;
};

CLI::App& add_test(CLI::App& app, test_arguments& a) {
  auto& o = a.run;
  auto& test = *app.add_subcommand("test", "Run apps' tests (test.lua) on the offline PBX");
  test.add_option("target", o.targets, "app folders, test files, or folders with apps (default: .)")
      ->type_name("TARGET");
  test.add_option("--filter", o.filter, "only cases whose name holds this")->type_name("TEXT");
  test.add_option("--seed", o.seed, "of what happens by chance (default: 1)")->type_name("N");
  test.add_option("--seeds", o.seeds, "each case with so many seeds")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N");
  test.add_flag("--twice", o.twice, "each twice; the same seed has to tell the same story");
  test.add_option("--jobs,-j", o.jobs, "cases at a time (default: one a processor)")
      ->check(CLI::Range(1, 256))
      ->type_name("N");
  test.add_option("--timeout", a.seconds, "real seconds one case may take (default: 10)")
      ->check(CLI::Range(0.01, 3600.0))
      ->type_name("SECONDS");
  test.add_flag("--tap", o.tap, "print TAP 13 instead");
  auto* const junit =
      test.add_option("--junit", o.junit, "write a report as JUnit's XML")->type_name("FILE");
  test.add_flag("--watch", a.watch, "again whenever a file changes")->excludes(junit);
  test.add_flag("--verbose,-v", o.verbose, "tell of passed cases, too");
  return test;
}

int do_test(test_arguments a, std::ostream& out, std::ostream& err) {
  if (a.run.targets.empty()) a.run.targets.emplace_back(".");
  a.run.limit = std::chrono::milliseconds(static_cast<std::int64_t>(a.seconds * 1e3));
  return a.watch ? testing::watch_tests(a.run, out, err) : testing::run_tests(a.run, out, err);
}

CLI::App& add_record(CLI::App& app, cli_arguments& a) {
  auto& record = *app.add_subcommand(
      "record", "Write down what a running runtime's PBXs say and are asked, to play it again");
  add_socket(record, a);
  record.add_option("file", a.recording, "a new file")->required()->type_name("FILE");
  record.add_flag("--scrub", a.scrub, "put other names and numbers in the place of people's");
  record.add_option("--seconds", a.seconds, "end after so long (default: at Ctrl-C)")
      ->check(CLI::Range(0.1, 1e7))
      ->type_name("SECONDS");
  return record;
}

CLI::App& add_console(CLI::App& app, cli_arguments& a) {
  auto& console =
      *app.add_subcommand("console", "Run lines of Lua in a running runtime, as they are typed");
  add_socket(console, a);
  console.add_flag("--write", a.write, "let them change things; else they can only look");
  return console;
}

CLI::App& add_replay(CLI::App& app, cli_arguments& a) {
  auto& replay = *app.add_subcommand(
      "replay", "Play a recording to apps, without a PBX, and tell what they do");
  replay.add_option("file", a.recording, "what `calluna record` wrote")
      ->required()
      ->type_name("FILE");
  add_target(replay, a);
  replay.add_option("--pbx", a.pbx, "which of the recording's PBXs")->type_name("NAME");
  replay.add_flag("--pace", a.at_pace, "as slowly as it was; else at once");
  return replay;
}

int do_replay(cli_arguments const& a, std::ostream& out, std::ostream& err) {
  auto const settings = read_target(a, err);
  if (!settings) return exit_usage;
  return testing::replay(*settings, {a.recording, a.pbx, a.at_pace}, out, err);
}

CLI::App& add_rotate_key(CLI::App& app, cli_arguments& a) {
  auto& rotate = *app.add_subcommand("rotate-key",
                                     "Take the key that is in a business system's key file by now");
  add_socket(rotate, a);
  rotate.add_option("odoo", a.odoo, "which one: the NAME of [odoo.NAME]")
      ->required()
      ->type_name("NAME");
  return rotate;
}

CLI::App& add_token(CLI::App& app, cli_arguments& a) {
  auto& token = *app.add_subcommand("token", "Make, list and revoke tokens of the HTTP server");
  token.require_subcommand(1);
  auto& add = *token.add_subcommand("add", "Make a token, and print it once");
  add_socket(add, a);
  add.add_option("name", a.token, "what it is called")->required()->type_name("NAME");
  add.add_option("--user", a.user, "whose it is: the NAME of [user.NAME]")->type_name("USER");
  add.add_option("--expires", a.expires, "after how long: 90d, 12h, 30m (default: never)")
      ->check([](std::string const& text) {
        return read_lifetime(text) ? "" : "'" + text + "' is no lifetime: 90d, 12h or 30m";
      })
      ->type_name("LIFETIME");
  add.add_option("--paths", a.paths, "what it is good for, with all below (default: everything)")
      ->type_name("PATH");
  auto& list = *token.add_subcommand("list", "List them, without the tokens themselves");
  add_socket(list, a);
  auto& revoke = *token.add_subcommand("revoke", "Make one useless at once");
  add_socket(revoke, a);
  revoke.add_option("name", a.token, "which one")->required()->type_name("NAME");
  return token;
}

/// The parser's complaint as one line.
std::string one_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  for (char& c : text)
    if (c == '\n') c = ' ';
  return escape_controls(text);
}

}  // namespace

int run_cli(int argc, char const* const* argv, cli_actions const& actions, std::ostream& out,
            std::ostream& err) {
  cli_arguments a;
  CLI::App app{"Calluna: telephony apps in Lua, on Asterisk", "calluna"};
  app.footer(footer);
  app.require_subcommand(1);
  auto& run = *app.add_subcommand("run", "Serve an app, or the apps of a configuration");
  add_target(run, a);
  run.add_flag("--no-watch", a.no_watch, "do not load changed files");
  run.add_option("--log-level", a.log_level, "debug, info, warning or error")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
      ->type_name("LEVEL");
  auto& fresh = *app.add_subcommand("new", "Make a new app, which begins as one of the examples");
  fresh.add_option("folder", a.target, "where; its name is the app's")
      ->required()
      ->type_name("FOLDER");
  fresh.add_option("--from", a.from, "the example (default: hello)")
      ->check(CLI::IsMember(app_template_names()))
      ->type_name("EXAMPLE");
  auto& check = *app.add_subcommand("check", "Look for mistakes in configuration and apps");
  add_target(check, a);
  auto& doctor = *app.add_subcommand(
      "doctor", "Reach everything the configuration names, and say what is wrong with it");
  add_target(doctor, a);
  doctor.add_flag("--json", a.as_json, "print the findings as JSON");
  auto& offline = *app.add_subcommand("sim", "Serve an offline PBX: AMI, ARI, phones and callers");
  offline
      .add_option("scenario", a.scenario,
                  "who is there and who calls (.toml or .lua); else a small one")
      ->type_name("FILE");
  test_arguments tests;
  auto& test = add_test(app, tests);
  auto& status = *app.add_subcommand("status", "Show what a running runtime does");
  add_socket(status, a);
  auto& reload = *app.add_subcommand("reload", "Load the apps' files again, changed or not");
  add_socket(reload, a);
  reload.add_option("app", a.app, "only this app")->type_name("APP");
  auto& calls = *app.add_subcommand("calls", "Show the live calls, a line each");
  add_socket(calls, a);
  calls.add_flag("--once", a.once, "print them once, also on a terminal");
  auto& top = *app.add_subcommand("top", "Show what each app is doing, each second anew");
  add_socket(top, a);
  top.add_flag("--once", a.once, "print it once, also on a terminal");
  auto& tail = *app.add_subcommand("tail", "Follow one call to its end, event by event");
  add_socket(tail, a);
  tail.add_option("call", a.call, "its id (see calls), or next: the next call that starts")
      ->required()
      ->type_name("CALL");
  auto& console = add_console(app, a);
  auto& record = add_record(app, a);
  auto& replay = add_replay(app, a);
  auto& rotate = add_rotate_key(app, a);
  auto& token = add_token(app, a);
  auto& version = *app.add_subcommand("version", "Print the version");
  try {
    app.parse(argc, argv);
  } catch (CLI::ParseError const& e) {
    if (e.get_exit_code() == 0) return app.exit(e, out, err);
    auto const used = app.get_subcommands();
    auto const command = used.empty() ? std::string{"calluna"} : "calluna " + used[0]->get_name();
    err << command << ": " << one_line(e.what()) << " (see " << command << " --help)\n";
    return exit_usage;
  }
  if (run) return do_run(a, actions, err);
  if (check) return do_check(a, actions, out, err);
  if (fresh) return do_new(a, out, err);
  if (doctor) return do_doctor(a, out, err);
  if (offline) return do_sim(a, out, err);
  if (test) return do_test(std::move(tests), out, err);
  if (status) return show(ask(a, {{"command", "status"}}), a.as_json, out, err);
  if (reload) {
    json request{{"command", "reload"}};
    if (!a.app.empty()) request["app"] = a.app;
    return show(ask(a, request), a.as_json, out, err);
  }
  if (calls) return do_calls(a, out, err);
  if (top) return do_top(a, out, err);
  if (tail) return do_tail(a, out, err);
  if (console) return do_console(a, out, err);
  if (record) return do_record(a, out, err);
  if (replay) return do_replay(a, out, err);
  if (rotate)
    return show(ask(a, {{"command", "rotate_key"}, {"odoo", a.odoo}}), a.as_json, out, err);
  if (token) return do_token(a, token.get_subcommands().front()->get_name(), out, err);
  if (version) out << "calluna " CALLUNA_VERSION "\n";
  return exit_done;
}

}  // namespace calluna::runtime
