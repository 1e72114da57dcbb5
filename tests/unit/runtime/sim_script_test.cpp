// Scenarios of `calluna sim` in Lua: they act on a served PBX while its time passes.
#include "temporary_folder.hpp"

#include <calluna/runtime/cli.hpp>
#include <calluna/runtime/sim.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <sstream>
#include <unistd.h>

namespace calluna::runtime {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Stops the PBX once it has told something, as somebody at a keyboard would.
class stopping_buffer : public std::stringbuf {
 public:
  explicit stopping_buffer(std::string at) : at_(std::move(at)) {}

 private:
  int sync() override {
    if (!stopped_ && str().find(at_) != std::string::npos) {
      stopped_ = true;
      ::raise(SIGTERM);
    }
    return 0;
  }
  std::string at_;
  bool stopped_ = false;
};

struct sim_script : testing::Test {
  /// What it told until it was stopped when it told `until`; and its exit code.
  int serve(std::string const& text, std::string const& until) {
    stopping_buffer buffer(until);
    std::ostream out(&buffer);
    std::ostringstream err;
    auto const code = serve_sim_script(
        folder.write("office.lua", "local pbx = require \"calluna.sim\"\n" + text), out, err);
    told = buffer.str();
    mistakes = err.str();
    return code;
  }
  test::temporary_folder folder;
  std::string told, mistakes;
};

/// What is typed at standard input while one lives.
class typed_lines {
 public:
  explicit typed_lines(std::string const& text) : real_(::dup(STDIN_FILENO)) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    EXPECT_EQ(::write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
    ::dup2(ends[0], STDIN_FILENO);
    ::close(ends[0]);
    writes_ = ends[1];
  }
  ~typed_lines() {
    ::dup2(real_, STDIN_FILENO);
    ::close(real_);
    ::close(writes_);
  }

 private:
  int real_, writes_ = -1;
};

TEST_F(sim_script, what_is_typed_goes_on_by_itself) {
  typed_lines const keyboard("call +4930 100\n");
  EXPECT_EQ(serve(R"(
pbx:settings { pace = 1000, user = "desk" }
pbx:dialplan "[from-trunk]\nexten => 100,1,Wait(2)\n same => n,Hangup()\n"
)",
                  "PJSIP/trunk-00000000 ended"),
            exit_done)
      << told << mistakes;
}

TEST_F(sim_script, people_act_while_time_passes) {
  EXPECT_EQ(serve(R"(
pbx:settings { pace = 1000, user = "desk" }
pbx:dialplan "[from-trunk]\nexten => 100,1,Dial(PJSIP/101,20)\n"
local ann, bob = pbx:phone "101", pbx:phone "102"
local caller = pbx:call { from = "+4930", to = "100" }
pbx:advance(5)
local space = ann:park()
pbx:advance(1)
bob:retrieve(space)
pbx:advance(5)
caller:hangup()
)",
                  "PJSIP/102-00000002 ended"),
            exit_done)
      << mistakes;
  EXPECT_THAT(told, HasSubstr("user = \"desk\""));
  EXPECT_THAT(told, HasSubstr("PJSIP/trunk-00000000: ParkedCall\n"));
  EXPECT_THAT(told, HasSubstr("PJSIP/102-00000002 talks\n"));
}

TEST_F(sim_script, what_is_typed_or_stops_it_ends_the_script_as_well) {
  EXPECT_EQ(serve(R"(
pbx:settings { pace = 1000 }
pbx:dialplan "[from-trunk]\nexten => 100,1,Wait(1)\n"
while true do
  pbx:call { from = "1", to = "100" }
  pbx:advance(2)
end
)",
                  "PJSIP/trunk-00000003 ended"),
            exit_done)
      << mistakes;
  EXPECT_EQ(mistakes, "");
}

TEST_F(sim_script, mistakes_are_told_at_their_line) {
  EXPECT_EQ(serve("pbx:call { from = \"1\", to = \"100\" }\n", "never"), exit_failure);
  EXPECT_THAT(mistakes, HasSubstr("office.lua:2: pbx:call: there is no extension 100 in"));
  EXPECT_EQ(serve("pbx:advance(0)\npbx:settings { pace = 2 }\n", "never"), exit_failure);
  EXPECT_THAT(mistakes, HasSubstr("office.lua:3: pbx:settings comes before anything else"));
  EXPECT_EQ(serve("pbx:settings { pase = 2 }\n", "never"), exit_failure);
  EXPECT_THAT(mistakes, HasSubstr("unknown option 'pase' (did you mean 'pace'?)"));
  EXPECT_EQ(serve("pbx:settings { pace = 0 }\n", "never"), exit_failure);
  EXPECT_THAT(mistakes, HasSubstr("pace is from 0.01 to 1000"));
}

}  // namespace
}  // namespace calluna::runtime
