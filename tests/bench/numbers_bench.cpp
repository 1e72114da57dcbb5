/// What a telephone number costs: libphonenumber alone, beside what we make of it, for numbers that
/// are new and for those seen before; from C++ and from Lua.
#include "support/runtime_under_test.hpp"

#include <calluna/bindings/app.hpp>
#include <calluna/numbers/normalizer.hpp>
#include <calluna/numbers/phone_number.hpp>
#include <calluna/numbers/reader.hpp>

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <phonenumbers/phonenumberutil.h>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace {

using namespace calluna;
using namespace calluna::bench;

/// Numbers as a PBX or a CRM writes them.
struct kind_of_text {
  char const* name;
  char const *prefix, *suffix;
};
constexpr kind_of_text kinds[] = {
    {"+4930...", "+4930", ""},         {"030...", "030", ""},
    {"+49 (30) ...", "+49 (30) ", ""}, {"030... x12", "030", " x12"},
    {"tel:+4930...", "tel:+4930", ""}, {"0800 TAXI ...", "0800 TAXI ", ""},
};

std::vector<std::string> texts(kind_of_text const& kind, unsigned count) {
  std::vector<std::string> made;
  for (unsigned i = 0; i < count; ++i)
    made.push_back(kind.prefix + std::to_string(1'000'000 + i * 7919u % 9'000'000) + kind.suffix);
  return made;
}

using work = std::function<std::size_t(std::string_view)>;

/// One way to read the texts: what to call for each, made anew for each round.
struct column {
  std::function<work()> before;
  unsigned times;  // over all texts in a round
  double best = 1e9;
};

/// Microseconds for each text; rounds of all columns in turn, the best of each counts.
void measure(std::vector<std::string> const& over, std::vector<column>& columns) {
  std::size_t sum = 0;
  for (int round = 0; round < 5; ++round)
    for (auto& each : columns) {
      auto const one = each.before();
      auto const begin = thread_cpu_seconds();
      for (unsigned i = 0; i < each.times; ++i)
        for (auto const& text : over) sum += one(text);
      auto const seconds = thread_cpu_seconds() - begin;
      each.best = std::min(each.best, seconds / double(over.size()) / each.times * 1e6);
    }
  if (sum == 0) std::puts("nothing was read");
}

std::size_t by_library(std::string_view text) {
  using util = i18n::phonenumbers::PhoneNumberUtil;
  static auto const& library = *util::GetInstance();
  i18n::phonenumbers::PhoneNumber number;
  std::string e164;
  library.Parse(std::string(text), "DE", &number);
  library.Format(number, util::E164, &e164);
  return e164.size();
}

work fresh_normalizer() {
  auto const made = std::make_shared<numbers::normalizer>();
  return [made](std::string_view text) { return made->normalize(text, "DE").value().size(); };
}

work fresh_reader() {
  auto const made = std::make_shared<numbers::reader>();
  return [made](std::string_view text) { return made->read(text, "DE").value().digits; };
}

/// `make`'s work, once done already for all texts.
std::function<work()> seen(std::vector<std::string> const& over, work (*make)()) {
  return [one = make(), &over] {
    for (auto const& text : over) (void)one(text);
    return one;
  };
}

void table_of_cpp() {
  constexpr unsigned count = 20'000, times = 20;
  std::printf(
      "\nmicroseconds for each number, %u of each kind, region DE\n\n"
      "| | libphonenumber: parse, E.164 | normalizer, new | reader, new | normalizer, seen | "
      "reader, seen |\n|---|---|---|---|---|---|\n",
      count);
  for (auto const& kind : kinds) {
    auto const all = texts(kind, count);
    std::vector<column> columns{{[] { return work(by_library); }, 1},
                                {fresh_normalizer, 1},
                                {fresh_reader, 1},
                                {seen(all, fresh_normalizer), times},
                                {seen(all, fresh_reader), times}};
    measure(all, columns);
    std::printf("| `%s` |", kind.name);
    for (auto const& each : columns) std::printf(" %.3f |", each.best);
    std::puts("");
  }
}

/// Prints what an app logs.
class printing_log : public log_sink {
 public:
  void write(log_level, std::string_view, std::string_view text) override {
    std::printf("%.*s\n", int(text.size()), text.data());
  }
};

class no_host : public bindings::app_host {
  void on_ami_wanted(bindings::app&, std::vector<std::string> const&) override {}
  void on_ari_served(bindings::app&, std::string const&, std::string const&) override {}
  void on_app_broken(bindings::app&, error const&) override {}
  void on_call_broken(bindings::app&, std::uint32_t, std::string const&) override {}
};

constexpr char lua_app[] = R"(
  local phone, log = require "calluna.phone", require "calluna.log"
  local function run(prefix, suffix)
    local texts = {}
    for i = 1, 1000 do texts[i] = prefix .. (1000000 + i * 7919 % 9000000) .. suffix end
    for i = 1, 1000 do phone.normalize(texts[i], "DE") end
    local begin = os.clock()
    for _ = 1, 300 do for i = 1, 1000 do phone.normalize(texts[i], "DE") end end
    log.info("| `%s...%s` | %.3f |", prefix, suffix, (os.clock() - begin) / 300000 * 1e6)
  end
  run("+4930", "") run("030", "") run("0800 TAXI ", "")
)";

void table_of_lua() {
  std::puts(
      "\n| phone.normalize in Lua, 1,000 numbers again and again | microseconds |\n|---|---|");
  auto const file = std::filesystem::temp_directory_path() /
                    ("calluna_bench_" + std::to_string(::getpid()) + ".lua");
  std::ofstream(file) << lua_app;
  boost::asio::io_context loop;
  no_host host;
  bindings::app_options options;
  options.path = file.string();
  options.log = logger(std::make_shared<printing_log>(), "bench");
  auto const app = bindings::app::create(loop.get_executor(), options, host);
  if (auto const loaded = app->load(); !loaded) std::puts(loaded.error().message.c_str());
  app->kill();
  std::filesystem::remove(file);
}

}  // namespace

int main() {
  table_of_cpp();
  table_of_lua();
}
