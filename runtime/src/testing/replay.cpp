#include "replay.hpp"

#include "replayed_pbx.hpp"

#include <calluna/runtime/cli.hpp>
#include <calluna/runtime/log.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <ostream>
#include <thread>

namespace calluna::runtime::testing {
namespace {

using namespace std::chrono_literals;

/// What an app still does when nothing more is said.
constexpr auto afterwards = 5s;

struct telling {
  std::ostream& out;
  std::size_t next = 0;
  void tell(stage& of) {
    for (auto const& line : of.story().lines_from(next)) out << escape_controls(line) << '\n';
    out << std::flush;
  }
};

/// True: the app did not break.
bool play(app_config const& app, config const& settings, stage_options options, bool at_pace,
          std::ostream& out) {
  options.app_path = app.path.string();
  options.name = app.name;
  options.grants = app.grants;
  stage on(std::move(options));
  on.set_config(nlohmann::json::parse(app.config_json));
  for (auto const& user : settings.users) (void)on.add_user(user);
  telling what{out};
  auto outcome = on.begin();
  if (outcome) {
    auto const end = on.passed() + on.pbx().remaining() + afterwards;
    auto const began = std::chrono::steady_clock::now() - on.passed();
    for (;;) {
      what.tell(on);
      auto const more = on.step(end - on.passed());
      if (!more) outcome = fail(more.error());
      if (!more || !*more) break;
      if (at_pace) std::this_thread::sleep_until(began + on.passed());
    }
  }
  what.tell(on);
  auto complaints = on.take_complaints();
  if (!outcome) complaints.push_back(outcome.error().message);
  for (auto const& line : complaints) out << escape_controls(line) << '\n';
  auto const& c = static_cast<replayed_pbx&>(on.pbx()).count();
  out << fmt::format("{}: {} lines told, {} requests answered as recorded, {} not in it\n",
                     app.name, c.lines, c.answered, c.unanswered);
  on.end();
  return complaints.empty();
}

}  // namespace

result<void> put_on_stage(std::shared_ptr<recording::recording const> const& what,
                          std::string const& pbx, stage_options& options) {
  auto const* p = pbx.empty() && what->pbxs.size() == 1 ? &what->pbxs[0] : what->find(pbx);
  if (p == nullptr) {
    std::vector<std::string> names;
    for (auto const& one : what->pbxs) names.push_back(one.name);
    return fail(
        error_kind::invalid,
        pbx.empty()
            ? fmt::format("say which PBX of the recording: {}", fmt::join(names, ", "))
            : fmt::format("no PBX '{}' is in the recording, but {}", pbx, fmt::join(names, ", ")));
  }
  options.settings = {p->name, p->region, {}, p->trunks, {}, {}};
  options.began = what->began;
  options.make_pbx = [what, p](stage_parts const& parts) {
    return std::make_unique<replayed_pbx>(parts, what, *p);
  };
  return {};
}

int replay(config const& settings, replay_options const& options, std::ostream& out,
           std::ostream& err) {
  auto read = recording::read_recording(options.file);
  if (!read) {
    err << "calluna replay: " << read.error().message << '\n';
    return exit_usage;
  }
  auto const what = std::make_shared<recording::recording const>(std::move(*read));
  stage_options prepared;
  if (auto put = put_on_stage(what, options.pbx, prepared); !put) {
    err << "calluna replay: " << options.file.string() << ": " << put.error().message << '\n';
    return exit_usage;
  }
  if (!what->complete) err << "calluna: the recording has no end: it was broken off\n";
  bool good = true;
  for (auto const& app : settings.apps)
    good = play(app, settings, prepared, options.at_pace, out) && good;
  return good ? exit_done : exit_failure;
}

}  // namespace calluna::runtime::testing
