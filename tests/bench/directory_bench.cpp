/// What knowing a caller costs, with a million partners of 1.3 numbers each:
///   load      from SQLite until it serves, and the memory it takes
///   look-ups  by number as it arrives, from C++ and from Lua: of numbers seen before, and of any
///   swaps     the longest look-up while changes are applied, small ones and large ones
#include "support/runtime_under_test.hpp"

#include <calluna/bindings/app.hpp>
#include <calluna/directory/directory.hpp>

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace calluna;
using bench::now_seconds;
using bench::thread_cpu_seconds;
namespace fs = std::filesystem;

constexpr std::size_t partners = 1'000'000;
constexpr std::size_t seen_before = 10'000;

std::string number_of(std::size_t i) {
  return "+49301" + std::to_string(1'000'000 + i);
}

directory::partner partner_of(std::size_t i) {
  directory::partner p;
  p.id = std::to_string(i + 1);
  p.name = "Partner Number " + std::to_string(i);
  p.company_id = std::to_string(i / 10 * 10 + 1);
  p.company = "Company " + std::to_string(i / 10);
  p.tags = i % 20 == 0 ? std::vector<std::string>{"VIP"} : std::vector<std::string>{};
  p.numbers = {number_of(i)};
  if (i % 10 < 3) p.numbers.push_back("+49302" + std::to_string(1'000'000 + i));
  p.salesperson = std::to_string(i % 40);
  p.url = "https://erp.example/odoo/res.partner/" + p.id;
  return p;
}

/// Runs what was posted, on this thread.
class loop {
 public:
  io::executor executor() { return context_.get_executor(); }
  void run() {
    context_.restart();
    context_.run();
  }

 private:
  boost::asio::io_context context_;
};

template <class Outcome>
void good(Outcome const& outcome) {
  if (outcome) return;
  std::fprintf(stderr, "%s\n", outcome.error().message.c_str());
  std::exit(1);
}

void fill(std::string const& file) {
  loop on;
  auto const d = directory::directory::create(on.executor(), {file, "DE", {}}, logger{});
  auto const done = [](auto const& outcome) { good(outcome); };
  d->open(done);
  d->begin_full("bench", done);
  for (std::size_t i = 0; i < partners;) {
    directory::changes step;
    for (std::size_t n = 0; n < 10'000; ++n) step.upserts.push_back(partner_of(i++));
    step.done = i == partners;
    d->apply(std::move(step), done);
    on.run();
  }
}

std::vector<std::string> numbers_to_ask(std::size_t different) {
  std::mt19937_64 random(1);
  std::vector<std::string> all;
  for (std::size_t i = 0; i < different; ++i) all.push_back(number_of(random() % partners));
  return all;
}

/// Look-ups in a second of one core, whoever else uses it; and the slowest of the middle 99 % in
/// microseconds as they pass.
struct speed {
  double per_second, p99;
};

template <class Call>
speed measure(std::vector<std::string> const& numbers, std::size_t count, Call&& call) {
  for (auto const& n : numbers) call(n);  // now they have been seen
  auto const begin = thread_cpu_seconds();
  for (std::size_t i = 0; i < count; ++i) call(numbers[i % numbers.size()]);
  double const per_second = static_cast<double>(count) / (thread_cpu_seconds() - begin);
  std::vector<double> times;
  for (std::size_t i = 0; i < 200'000; ++i) {
    auto const from = now_seconds();
    call(numbers[i % numbers.size()]);
    times.push_back((now_seconds() - from) * 1e6);
  }
  std::nth_element(times.begin(), times.begin() + times.size() / 100 * 99, times.end());
  return {per_second, times[times.size() / 100 * 99]};
}

void row(char const* what, speed s) {
  std::printf("| %s | %.2f M | %.2f |\n", what, s.per_second / 1e6, s.p99);
}

void from_cpp(std::shared_ptr<directory::directory> const& d) {
  directory::directory_reader reader(d);
  numbers::reader read;
  std::size_t found = 0;
  auto const ask = [&](std::string const& number) {
    if (auto const key = read.read(number, "DE"))
      found += reader.lookup(*key).partner.bytes().empty() ? 0 : 1;
  };
  row("C++, number seen before", measure(numbers_to_ask(seen_before), 4'000'000, ask));
  row("C++, any of the million", measure(numbers_to_ask(partners), 2'000'000, ask));
  if (found == 0) std::exit(1);
}

class nobody : public bindings::app_host {
  void on_ami_wanted(bindings::app&, std::vector<std::string> const&) override {}
  void on_ari_served(bindings::app&, std::string const&, std::string const&) override {}
  void on_app_broken(bindings::app&, error const& why) override {
    std::fprintf(stderr, "%s\n", why.message.c_str());
  }
  void on_call_broken(bindings::app&, std::uint32_t, std::string const&) override {}
};

constexpr char lua_asker[] = R"lua(
local partners, now, cpu = require "calluna.partners", require "bench.now", require "bench.cpu"
local lookup = partners.lookup

local function read(file)
  local list = {}
  for line in io.lines(FOLDER .. file) do list[#list + 1] = line end
  return list
end

local function measure(what, numbers, count, use)
  local n = #numbers
  for i = 1, n do if not lookup(numbers[i]) then error(numbers[i] .. " is unknown") end end
  local begin = cpu()
  for i = 1, count do use(lookup(numbers[i % n + 1])) end
  local per_second = count / (cpu() - begin)
  local times = {}
  for i = 1, 200000 do
    local number = numbers[i % n + 1]
    local from = now()
    lookup(number)
    times[i] = now() - from
  end
  table.sort(times)
  print(("| Lua, %s | %.2f M | %.2f |"):format(what, per_second / 1e6, times[198000] * 1e6))
end

local vip = 0
local seen, any = read "seen", read "any"
measure("number seen before", seen, 5e6, function() end)
measure("the same, and reading tags.VIP", seen, 2e6, function(who) if who.tags.VIP then vip = vip + 1 end end)
measure("any of the million", any, 1e6, function() end)
)lua";

class printing_log : public log_sink {
  void write(log_level, std::string_view, std::string_view text) override {
    std::printf("%.*s\n", int(text.size()), text.data());
  }
};

void write_numbers(fs::path const& file, std::size_t different) {
  std::ofstream list(file);
  for (auto const& n : numbers_to_ask(different)) list << n << '\n';
}

/// A module that is a function: seconds by that clock.
template <double (*clock)()>
bindings::native_module lua_clock(char const* name) {
  return {name, [](lua_State* lua) {
            lua_pushcfunction(lua, [](lua_State* l) {
              lua_pushnumber(l, clock());
              return 1;
            });
            return 1;
          }};
}

void from_lua(std::shared_ptr<directory::directory> const& d, fs::path const& folder) {
  write_numbers(folder / "seen", seen_before);
  write_numbers(folder / "any", partners / 4);
  std::string source = lua_asker;
  source.replace(source.find("FOLDER"), 6, "\"" + folder.string() + "/\"");
  std::ofstream(folder / "init.lua") << source;
  loop on;
  nobody host;
  bindings::app_options o;
  o.path = folder.string();
  o.services.partners = d;
  o.log = logger(std::make_shared<printing_log>(), "bench");
  o.memory = {std::size_t{512} << 20, std::size_t{1} << 30};
  o.modules.push_back(lua_clock<now_seconds>("bench.now"));
  o.modules.push_back(lua_clock<thread_cpu_seconds>("bench.cpu"));
  good(bindings::app::create(on.executor(), std::move(o), host)->load());
}

/// How often this thread has waited: for a lock, or for anything else.
long waits_of_thread() {
  rusage used{};
  ::getrusage(RUSAGE_THREAD, &used);
  return used.ru_nvcsw;
}

/// Calls `look` on a thread of its own while `work` runs here; prints how long single calls took,
/// and how often that thread had to wait. (It may be put aside as well, by whatever else runs.)
template <class Look, class Work>
void longest(char const* what, Look look, Work work) {
  std::atomic<bool> end{false};
  std::vector<double> times(std::size_t{1} << 24);  // touched here, so that no page is missing
  std::size_t count = 0;
  long waits = 0;
  std::thread looking([&] {
    auto const before = waits_of_thread();
    while (!end && count < times.size()) {
      auto const from = now_seconds();
      look();
      times[count++] = (now_seconds() - from) * 1e6;
    }
    waits = waits_of_thread() - before;
  });
  work();
  end = true;
  looking.join();
  times.resize(count);
  std::sort(times.begin(), times.end());
  std::printf("| %s | %zu | %.2f | %.0f | %ld |\n", what, count, times[count / 1000 * 999],
              times.back(), waits);
}

void change(directory::directory& d, loop& on, std::size_t first, std::size_t count) {
  directory::changes step;
  for (std::size_t n = 0; n < count; ++n) step.upserts.push_back(partner_of(first + n));
  d.apply(std::move(step), [](auto const& outcome) { good(outcome); });
  on.run();
}

void while_swapping(std::shared_ptr<directory::directory> const& d, loop& on) {
  directory::directory_reader reader(d);
  std::uint64_t number = 49'301'000'000;
  auto const look = [&] {
    reader.lookup({number});
    if (++number == 49'301'100'000) number = 49'301'000'000;
  };
  auto const small = [&] {
    for (std::size_t i = 0; i < 200; ++i) change(*d, on, i * 10, 10);
  };
  auto const large = [&] {
    for (std::size_t i = 0; i < 4; ++i) change(*d, on, i * 20'000, 20'000);
  };
  std::printf(
      "\n| while snapshots are swapped | look-ups | p99.9 us | longest us | waits "
      "|\n|---|---|---|---|---|\n");
  longest(
      "nothing is looked up: what the machine itself takes", [] {}, small);
  longest("200 changes of 10 partners", look, small);
  longest("4 changes of 20,000 partners, each a new index of all", look, large);
}

}  // namespace

int main() {
  auto const folder = fs::temp_directory_path() / ("calluna_bench_" + std::to_string(::getpid()));
  fs::create_directories(folder);
  auto const file = (folder / "directory.sqlite").string();
  auto begin = now_seconds();
  fill(file);
  std::printf("\n| a directory of %zu partners | |\n|---|---|\n| filled, with SQLite | %.1f s |\n",
              partners, now_seconds() - begin);
  loop on;
  auto const d = directory::directory::create(on.executor(), {file, "DE", {}}, logger{});
  begin = now_seconds();
  auto const cpu = thread_cpu_seconds();
  d->open([](auto const& outcome) { good(outcome); });
  on.run();
  auto const s = d->status();
  std::printf(
      "| from SQLite to serving | %.2f s, CPU %.2f s |\n| numbers | %zu |\n| index | %zu MB |\n"
      "| the partners' own text | %zu MB |\n",
      now_seconds() - begin, thread_cpu_seconds() - cpu, s.numbers, s.index_bytes >> 20,
      s.text_bytes >> 20);
  std::printf("\n| look-ups of a number as it arrives | a second | p99 us |\n|---|---|---|\n");
  from_cpp(d);
  std::fflush(stdout);
  from_lua(d, folder);
  while_swapping(d, on);
  fs::remove_all(folder);
}
