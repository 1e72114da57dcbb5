#include "test_report.hpp"

#include <calluna/runtime/cli.hpp>
#include <calluna/runtime/testing/test_run.hpp>
#include <calluna/runtime/threads.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <future>
#include <malloc.h>
#include <ostream>
#include <thread>

namespace calluna::runtime::testing {
namespace {

namespace fs = std::filesystem;
using steady = std::chrono::steady_clock;

bool is_test(fs::path const& file) {
  auto const name = file.filename().string();
  return name == "test.lua" || (name.size() > 9 && name.ends_with("_test.lua"));
}

test_file file_of(fs::path const& script) {
  auto const folder = script.has_parent_path() ? script.parent_path() : fs::path(".");
  return {script, folder, fs::weakly_canonical(folder).filename().string()};
}

/// Adds the test files that `target` means; an error says what is wrong with it.
result<void> find_files(fs::path const& target, std::vector<test_file>& into) {
  std::error_code code;
  if (fs::is_regular_file(target, code)) {
    into.push_back(file_of(target));
  } else if (fs::is_directory(target, code)) {
    std::vector<fs::path> found;
    for (fs::recursive_directory_iterator at(target, code), end; at != end; at.increment(code)) {
      if (code) break;
      if (at.depth() > 3)
        at.pop();
      else if (at->is_regular_file(code) && is_test(at->path()))
        found.push_back(at->path());
    }
    std::sort(found.begin(), found.end());
    if (found.empty())
      return fail(error_kind::invalid,
                  fmt::format("{}: there is no test.lua in it or below", target.string()));
    for (auto const& one : found) into.push_back(file_of(one));
  } else {
    return fail(error_kind::invalid, fmt::format("there is no '{}'", target.string()));
  }
  for (auto const& one : into)
    if (!fs::exists(one.app / "init.lua", code))
      return fail(error_kind::invalid,
                  fmt::format("{}: there is no init.lua beside it", one.script.string()));
  return {};
}

struct work_item {
  std::size_t index;
  test_case which;
};

/// Looks at all workers' guards on a thread of its own.
class watchdog {
 public:
  explicit watchdog(std::vector<std::unique_ptr<stuck_guard>>& guards)
      : guards_(guards), thread_("watchdog") {
    boost::asio::post(thread_.executor(), [this] { look(); });
  }

 private:
  void look() {
    bool busy = false;
    for (auto const& g : guards_) busy = g->watch() || busy;
    // The thread's own, like all it works with: at the end it may still be looking.
    auto const timer = std::make_shared<boost::asio::steady_timer>(
        thread_.executor(), std::chrono::milliseconds(busy ? 2 : 50));
    timer->async_wait([this, timer](boost::system::error_code const& code) {
      if (!code) look();
    });
  }
  std::vector<std::unique_ptr<stuck_guard>>& guards_;
  loop_thread thread_;
};

/// Says where the two stories part, if they do.
void compare(case_outcome& first, case_outcome const& second) {
  auto const& a = first.everything;
  auto const& b = second.everything;
  auto const [at, other] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (at == a.end() && other == b.end()) return;
  first.passed = false;
  first.message =
      fmt::format("the same seed told two stories; they part here:\n  {}\n  {}",
                  at == a.end() ? "(the end)" : *at, other == b.end() ? "(the end)" : *other);
}

/// Plays all cases, each worker the next one that is left.
void play_all(std::vector<reported_case>& cases, std::vector<work_item> const& items,
              test_run_options const& options, std::vector<std::unique_ptr<stuck_guard>>& guards) {
  std::atomic<std::size_t> next{0}, workers{0};
  auto const work = [&](stuck_guard& guard) {
    play_options how;
    how.most_strikes = options.most_strikes;
    if (options.make_pbx)
      how.make_pbx = [&options, worker = workers++](stage_parts const& with) {
        return options.make_pbx(worker, with);
      };
    for (std::size_t at; (at = next++) < cases.size();) {
      how.seed = cases[at].seed;
      auto const play = [&] {
        return play_case(*cases[at].file, items[at].index, items[at].which, how, guard);
      };
      auto& outcome = cases[at].outcome = play();
      if (options.twice && outcome.passed) compare(outcome, play());
      outcome.everything = {};
    }
  };
  std::vector<std::unique_ptr<loop_thread>> threads;
  std::vector<std::future<void>> ends;
  for (auto const& guard : guards) {
    threads.push_back(std::make_unique<loop_thread>("test"));
    auto task =
        std::make_shared<std::packaged_task<void()>>([&work, g = guard.get()] { work(*g); });
    ends.push_back(task->get_future());
    boost::asio::post(threads.back()->executor(), [task] { (*task)(); });
  }
  for (auto& end : ends) end.get();
}

}  // namespace

int run_tests(test_run_options const& options, std::ostream& out, std::ostream& err) {
  auto const began = steady::now();
  // Large zeroed tables of a state come from the system each time, untouched, instead of being
  // cleared for each case anew.
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  std::vector<test_file> files;
  for (auto const& target : options.targets)
    if (auto const found = find_files(target, files); !found) {
      err << "calluna test: " << found.error().message << '\n';
      return exit_usage;
    }

  auto const processors = std::max<std::size_t>(1, std::thread::hardware_concurrency());
  std::vector<std::unique_ptr<stuck_guard>> guards(options.jobs != 0 ? options.jobs : processors);
  for (auto& g : guards) g = std::make_unique<stuck_guard>(options.limit);
  watchdog const watching(guards);

  std::vector<reported_case> cases;
  std::vector<work_item> items;
  std::vector<reported_case> unreadable;
  for (auto const& file : files) {
    // The interrupter works on the thread its state was made on: this one.
    auto const listed = list_cases(file, *guards[0]);
    if (!listed) {
      unreadable.push_back({&file, "(the file itself)", 1, {}});
      unreadable.back().outcome.message = listed.error().message;
      continue;
    }
    for (std::size_t i = 0; i < listed->size(); ++i) {
      auto const& one = (*listed)[i];
      auto const name = file.name + ": " + one.name;
      if (name.find(options.filter) == std::string::npos) continue;
      if (auto const why = options.left_out.find(name); why != options.left_out.end()) {
        err << fmt::format("left out: {}: {}\n", why->first, why->second);
        continue;
      }
      for (std::uint64_t n = 0; n < options.seeds; ++n) {
        cases.push_back({&file, one.name, options.seed + n, {}});
        items.push_back({i, one});
      }
    }
  }
  if (cases.empty() && unreadable.empty()) {
    err << "calluna test: no case "
        << (options.filter.empty() ? "is there" : fmt::format("holds '{}'", options.filter))
        << '\n';
    return exit_usage;
  }
  play_all(cases, items, options, guards);
  cases.insert(cases.end(), unreadable.begin(), unreadable.end());

  auto const took = std::chrono::duration_cast<std::chrono::milliseconds>(steady::now() - began);
  if (options.tap)
    report_as_tap(cases, out);
  else
    report_to_people(cases, options.verbose, took, out);
  if (!options.junit.empty()) {
    std::ofstream file(options.junit);
    report_as_junit(cases, file);
    if (!file.flush()) {
      err << "calluna test: " << options.junit.string() << " cannot be written\n";
      return exit_failure;
    }
  }
  bool const good =
      std::all_of(cases.begin(), cases.end(), [](auto const& c) { return c.outcome.passed; });
  return good ? exit_done : exit_failure;
}

}  // namespace calluna::runtime::testing
