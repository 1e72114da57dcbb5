#include "test_script.hpp"

#include "replay.hpp"
#include "script_host.hpp"
#include "stage_verbs.hpp"

#include <calluna/bindings/function_module.hpp>

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

namespace calluna::runtime::testing {
namespace {

using nlohmann::json;

/// Keeps the errors of the script itself: mistakes in its own tasks.
class error_lines final : public log_sink {
 public:
  void write(log_level level, std::string_view, std::string_view text) override {
    if (level == log_level::error && first.empty()) first = text;
  }
  std::string first;
};

/// Loads the file into a state of its own and lets it do what `plan` says; what it asks for is
/// answered by `answer`, what it tells at the end is given back under its verb.
result<json> run_script(test_file const& of, json const& plan, std::string const& ends_with,
                        bindings::json_function answer, stuck_guard& guard) {
  boost::asio::io_context loop{1};
  script_host host;
  auto const problems = std::make_shared<error_lines>();
  std::optional<json> told;
  bindings::app_options o;
  o.name = "test";
  o.path = of.script.string();
  o.log = logger(problems, "test");
  o.interruptible = true;
  o.memory = {std::size_t{256} << 20, std::size_t{512} << 20};
  o.modules.push_back(bindings::function_module(
      "calluna.test_core", [&](std::string_view verb, json const& argument) -> result<json> {
        if (verb == "plan") return plan;
        if (verb != ends_with) return answer(verb, argument);
        told = argument;
        return json();
      }));
  auto const script = bindings::app::create(loop.get_executor(), std::move(o), host);
  guard.set_test(script.get());
  auto outcome = script->load();
  if (outcome) {
    script->start([&](result<void> started) {
      if (!started) outcome = std::move(started);
    });
    // Its own clock is the machine's, and a case never waits by it.
    for (int turns = 0; !told && turns < 1'000 && problems->first.empty(); ++turns) {
      script->wake();
      loop.restart();
      loop.poll();
    }
  }
  guard.set_test(nullptr);
  script->kill();
  if (!host.broken.empty()) return fail(error_kind::timeout, "the test broke: " + host.broken);
  if (!outcome) return fail(outcome.error());
  if (told) return *told;
  if (!problems->first.empty()) return fail(error_kind::invalid, problems->first);
  return fail(error_kind::invalid,
              fmt::format("{}: it does not come to an end: a test does not wait, it lets time pass "
                          "(pbx:advance); or it does not require calluna.test",
                          of.script.string()));
}

fault fault_of(std::string const& word) {
  if (word == "restart") return fault::restart;
  return word == "drop" ? fault::drop : fault::none;
}

struct strike {
  fault what = fault::none;
  std::uint64_t at = 0;
};

/// One time through the case. `waits`: how many the app began.
case_outcome play_once(test_file const& of, std::size_t index, test_case const& which,
                       play_options const& how, stuck_guard& guard, strike const& armed,
                       std::uint64_t& waits) {
  stage_options options;
  options.app_path = of.app.string();
  options.name = of.name;
  options.seed = how.seed;
  options.on_app = [&guard](bindings::app* app) { guard.set_app(app); };
  if (how.make_pbx) {
    options.make_pbx = how.make_pbx;
    options.began = real_clock().wall();  // one with a time of its own is read back by the wall's
  }
  if (!which.replay.empty()) {
    auto read = recording::read_recording(of.app / which.replay);
    auto put = read ? put_on_stage(std::make_shared<recording::recording const>(std::move(*read)),
                                   which.pbx, options)
                    : fail(read.error());
    if (!put) {
      case_outcome refused;
      refused.message = put.error().message;
      return refused;
    }
  }
  stage on(std::move(options));
  if (armed.what != fault::none) on.arm(armed.what, armed.at);
  auto const told = run_script(
      of, {{"case", index + 1}, {"seed", how.seed}}, "outcome",
      [&on](std::string_view verb, json const& argument) { return ask(on, verb, argument); },
      guard);
  case_outcome out;
  std::set<std::uint64_t> about;
  if (!told) {
    out.message = told.error().message;
  } else {
    out.passed = told->value("passed", false);
    out.message = told->value("message", "");
    if (told->contains("about"))
      for (auto const& [key, serial] : (*told)["about"].items())
        about.insert(serial.get<std::uint64_t>());
  }
  auto const complaints = on.take_complaints();
  if (told && !complaints.empty()) {
    out.passed = false;
    out.message = complaints.front() + (out.message.empty() ? "" : "\n" + out.message);
  }
  if (!out.passed && guard.interrupted())
    out.message += fmt::format("\nit ran for more than {} s of real time and was interrupted",
                               std::chrono::duration<double>(guard.limit()).count());
  if (!out.passed && armed.what != fault::none)
    out.message += fmt::format(
        "\nwhen {} at wait {} of the app{}",
        armed.what == fault::restart ? "its state was lost" : "the connections broke", armed.at,
        on.struck_at().empty() ? "" : ", after it had asked: " + on.struck_at());
  if (!out.passed) out.story = on.story().lines(about);
  out.everything = on.story().lines({});
  waits = on.waits();
  on.end();
  return out;
}

case_outcome play_everywhere(test_file const& of, std::size_t index, test_case const& which,
                             play_options const& how, stuck_guard& guard) {
  std::uint64_t waits = 0, ignored = 0;
  auto out = play_once(of, index, which, how, guard, {}, waits);
  auto const strikes = std::min(waits, how.most_strikes);
  for (std::uint64_t i = 1; out.passed && i <= strikes; ++i) {
    // Each of them, or the middle of each of so many parts.
    auto const at = strikes == waits ? i : (2 * i - 1) * waits / (2 * strikes) + 1;
    auto next = play_once(of, index, which, how, guard, {which.everywhere, at}, ignored);
    next.times = out.times + 1;
    std::move(next.everything.begin(), next.everything.end(), std::back_inserter(out.everything));
    next.everything = std::move(out.everything);
    out = std::move(next);
  }
  return out;
}

}  // namespace

result<std::vector<test_case>> list_cases(test_file const& of, stuck_guard& guard) {
  auto const told = run_script(
      of, {{"list", true}}, "cases",
      [](std::string_view, json const&) -> result<json> {
        return fail(error_kind::invalid,
                    "the PBX is there in cases only, not while the file loads");
      },
      guard);
  if (!told) return fail(told.error());
  std::vector<test_case> all;
  for (auto const& [key, one] : told->at("cases").items())
    all.push_back({one.at("name").get<std::string>(), one.value("line", 0),
                   fault_of(one.value("everywhere", "")), one.value("replay", ""),
                   one.value("pbx", "")});
  return all;
}

case_outcome play_case(test_file const& of, std::size_t index, test_case const& which,
                       play_options const& how, stuck_guard& guard) {
  auto const began = std::chrono::steady_clock::now();
  std::uint64_t waits = 0;
  auto out = which.everywhere == fault::none ? play_once(of, index, which, how, guard, {}, waits)
                                             : play_everywhere(of, index, which, how, guard);
  out.took = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - began);
  return out;
}

}  // namespace calluna::runtime::testing
