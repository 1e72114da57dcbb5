// Asterisk dies in the middle of calls and comes back.
#include "support/lab_test.hpp"

#include <nlohmann/json.hpp>

#include <arpa/inet.h>
#include <csignal>
#include <iostream>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace calluna::integration {
namespace {

bool answers(std::uint16_t port) {
  int const s = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bool const connected = ::connect(s, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  ::close(s);
  return connected;
}

class reconnect : public lab_test {
 protected:
  std::size_t logins(runtime const& of) const { return of.log().count("logged in at"); }
  std::string state(runtime const& of, char const* app) const {
    return of.status().at("pbx").at(0).at("ari").at("applications").at(app);
  }
};
CALLUNA_WITH_BOTH(reconnect);

TEST_P(reconnect, survives_an_asterisk_killed_in_the_middle_of_50_calls) {
  auto& program = run_app("reconnect");
  auto& held = call("app-t-hold", {"--count", "40", "--rate", "40"});
  auto& played = call("app-t-play", {"--count", "10", "--rate", "40"});
  ASSERT_TRUE(held.saw("answered", 15s, 40));
  ASSERT_TRUE(played.saw("answered", 15s, 10));
  ASSERT_TRUE(eventually([&] { return program.app_status("reconnect").at("channels") == 50; }, 5s));

  pbx().kill();
  held.program().signal(SIGKILL);
  played.program().signal(SIGKILL);
  EXPECT_TRUE(logged("ami:main.*(lost|closed|gone|end)"));
  pbx().start_again();
  ASSERT_TRUE(eventually([&] { return answers(pbx().port("AMI_PORT")); }, 30s, 2ms));
  auto const answered = std::chrono::steady_clock::now();
  ASSERT_TRUE(eventually([&] { return logins(program) == 2; }, 15s, 2ms));
  auto const took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - answered);
  std::cout << "Asterisk " << GetParam() << ": logged in again " << took.count()
            << " ms after the port answered\n";
  EXPECT_LE(took, 2s);
  ASSERT_NO_THROW(pbx().wait_booted());
  EXPECT_TRUE(eventually(
      [&] { return state(program, "t-hold") == "up" && state(program, "t-play") == "up"; }, 10s));

  EXPECT_TRUE(logged("reconnect: wait: gone", 15s, 40)) << "waits of lost calls";
  EXPECT_TRUE(logged("reconnect: play: gone", 15s, 10)) << "waits of lost calls";
  EXPECT_TRUE(eventually([&] { return program.app_status("reconnect").at("channels") == 0; }, 5s))
      << program.app_status("reconnect").dump();

  for (auto const* n : {"a", "b", "c"}) ami().user_event("LabTick", {{"n", n}});
  EXPECT_TRUE(logged("tick c is number 3"));
  EXPECT_EQ(program.log().count("tick "), 3U) << "each handler is registered once";

  auto& next = call("app-t-hold", {"--hangup-after", "300"});
  EXPECT_TRUE(next.saw("answered", 5s)) << "it serves as before";
  EXPECT_TRUE(logged("wait: gone", 5s, 41));
}

}  // namespace
}  // namespace calluna::integration
