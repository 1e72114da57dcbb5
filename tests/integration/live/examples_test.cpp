// The example apps' own test files, which `calluna test` plays on the offline PBX, played in real
// time on real Asterisks, one for each worker, with SIP phones.
//   live_tests [TEXT]     only cases whose "app: name" holds TEXT
#include "../support/asterisk.hpp"
#include "../support/scratch.hpp"
#include "live_pbx.hpp"

#include <calluna/runtime/testing/test_run.hpp>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace calluna::integration {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr int version = 22;
constexpr std::size_t workers = 6;
constexpr int skipped = 77;

/// A sound that one of the apps wants to have.
void add_sound(asterisk const& server) {
  auto const prompts = fs::path(server.setting("ROOT")) / "usr/share/asterisk/sounds";
  fs::copy_file(prompts / "en_US_f_Allison" / "hello-world.gsm",
                server.folder() / "pbx" / "sounds" / "not-a-customer.gsm");
}

std::size_t failures(std::string const& told) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = told.find("FAILED ", at)) != told.npos; ++at)
    count += at == 0 || told[at - 1] == '\n';
  return count;
}

/// The cases, "app: name", which found no PBX that was ready.
std::vector<std::string> not_ready(std::string const& told) {
  static std::regex const failure(
      R"((?:^|\n)FAILED ([^\n]+) \([0-9.]+ ms\)\n[^\n]*the PBX is not ready)");
  std::vector<std::string> names;
  for (std::sregex_iterator at(told.begin(), told.end(), failure), end; at != end; ++at)
    names.push_back((*at)[1]);
  return names;
}

/// Seldom an Asterisk 22 stops to answer upgrades to a WebSocket, between two cases. No case can do
/// without; those that fell to such a one are played on another, which is told loudly. One that
/// fails in any other way is not played again.
int play_again(std::vector<std::string> const& names, runtime::testing::test_run_options options,
               scratch const& folder) {
  asterisk server(version, folder.path() / "asterisk-again");
  add_sound(server);
  options.jobs = 1;
  options.make_pbx = [&](std::size_t, runtime::testing::stage_parts const& parts) {
    return std::make_unique<live_pbx>(parts, server);
  };
  int worst = 0;
  for (auto const& name : names) {
    std::cout << "NOTE: an Asterisk was not ready for '" << name << "'; on another one:\n";
    options.filter = name;
    worst = std::max(worst, runtime::testing::run_tests(options, std::cout, std::cerr));
  }
  return worst;
}

int play(std::string const& filter) {
  scratch const folder("live");
  std::vector<std::unique_ptr<asterisk>> servers;
  for (std::size_t n = 0; n < workers; ++n) {
    servers.push_back(
        std::make_unique<asterisk>(version, folder.path() / ("asterisk-" + std::to_string(n))));
    add_sound(*servers.back());
  }
  runtime::testing::test_run_options options;
  options.targets = {fs::path(CALLUNA_SOURCE_DIR) / "examples/apps"};
  options.filter = filter;
  options.jobs = workers;
  options.limit = 10min;
  options.verbose = true;
  options.most_strikes = 1;
  options.make_pbx = [&](std::size_t worker, runtime::testing::stage_parts const& parts) {
    return std::make_unique<live_pbx>(parts, *servers.at(worker));
  };
  options.left_out = {
      {"missed_call: a notice is over after a day", "it waits for a day"},
  };
  std::ostringstream told;
  auto const code = runtime::testing::run_tests(options, told, std::cerr);
  std::cout << told.str() << std::flush;
  auto const again = not_ready(told.str());
  if (code == 0 || again.empty() || again.size() != failures(told.str())) return code;
  return play_again(again, options, folder);
}

}  // namespace
}  // namespace calluna::integration

int main(int argc, char** argv) {
  if (std::getenv("CALLUNA_WITHOUT_22") != nullptr) {
    std::cout << "without Asterisk 22, as was asked for\n";
    return calluna::integration::skipped;
  }
  try {
    auto const code = calluna::integration::play(argc > 1 ? argv[1] : "");
    calluna::integration::asterisk::end_all();
    return code;
  } catch (std::exception const& e) {
    std::cerr << "live_tests: " << e.what() << '\n';
    return 1;
  }
}
