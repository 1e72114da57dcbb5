#include "temporary_folder.hpp"

#include <calluna/runtime/sim.hpp>

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace calluna::runtime {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::EndsWith;

class sim_scenario : public testing::Test {
 protected:
  config_problems problems(std::string const& text) {
    auto const read = load_scenario(folder.write("s.toml", text));
    return read ? config_problems{} : read.error();
  }
  test::temporary_folder folder;
};

TEST_F(sim_scenario, a_file_says_who_is_there_and_who_calls) {
  auto const read = load_scenario(folder.write("s.toml", R"(
dialplan = """
[from-trunk]
exten => 100,1,Dial(PJSIP/101)
"""
[pbx]
seed = 7
systemname = "shop"
secret = "hush"
[endpoint.trunk]
context = "from-trunk"
[phone.101]
name = "Ann"
does = "answer"
after = 1.5
hang_up_after = 20
[number.0171555]
does = "busy"
[queue.sales]
members = ["PJSIP/101"]
[[caller]]
from = "+4930111"
to = "100"
at = 3
stays = 60
times = 2
every = 10
)"));
  ASSERT_TRUE(read) << read.error().front();
  EXPECT_EQ(read->pbx.machine.seed, 7U);
  EXPECT_EQ(read->pbx.ami[0].secret, "hush");
  EXPECT_EQ(read->phones[0].second.after, 1500ms);
  EXPECT_EQ(read->numbers[0].second.does, sim::behaviour::kind::busy);

  boost::asio::io_context loop;
  auto options = read->pbx;
  options.real_time = false;
  sim::pbx pbx(loop.get_executor(), options);
  ASSERT_TRUE(set_up(pbx, *read));
  pbx.advance(10s);
  EXPECT_EQ(pbx.actors().arrived(), 1U);
  ASSERT_EQ(pbx.machine().channels().size(), 2U);
  EXPECT_EQ(pbx.machine().channels().rbegin()->second->caller.name, "Ann");
  pbx.advance(10min);
  EXPECT_EQ(pbx.actors().arrived(), 2U);
  EXPECT_TRUE(pbx.machine().channels().empty());
}

TEST_F(sim_scenario, mistakes_are_told_with_their_place) {
  EXPECT_THAT(problems("[phone.101]\ndoes = \"sleep\"\nafter = -1\n"),
              ElementsAre(EndsWith("s.toml:2:8: phone.101: 'does' has to be answer, noanswer, "
                                   "busy, reject or congestion"),
                          EndsWith("s.toml:3:9: phone.101: 'after' has to be a number of seconds, "
                                   "0 or more")));
  EXPECT_THAT(problems("[[caller]]\nfrom = \"1\"\natt = 3\n"),
              testing::Contains(EndsWith("caller 1: unknown key 'att' (did you mean 'at'?)")));
  EXPECT_THAT(problems("dialplan = \"[a]\\nexten => 1,1,Foo()\"\n"),
              ElementsAre(testing::HasSubstr("dialplan, line 2: the offline PBX has no application "
                                             "'Foo'")));
  EXPECT_THAT(problems("[pbx\n"), ElementsAre(testing::HasSubstr("s.toml:1:")));
}

TEST_F(sim_scenario, without_a_file_there_is_a_small_office) {
  boost::asio::io_context loop;
  auto const office = default_scenario();
  sim::pbx pbx(loop.get_executor(), {});
  ASSERT_TRUE(set_up(pbx, office));
  pbx.advance(1h);
  EXPECT_GT(pbx.actors().arrived(), 100U);
  EXPECT_EQ(pbx.actors().refused(), 0U);
}

}  // namespace
}  // namespace calluna::runtime
