#include "temporary_folder.hpp"

#include <calluna/runtime/notify.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace calluna::runtime {
namespace {

/// Stands in for the service manager.
class notify : public testing::Test {
 protected:
  notify() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    auto const path = folder_ / "notify";
    std::strcpy(address.sun_path, path.c_str());  // NOLINT: a short path
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  ~notify() override { ::close(socket_); }

  /// Datagrams of this kind are there as soon as the sender has returned.
  std::string received() const {
    std::array<char, 1000> room{};
    auto const n = ::recv(socket_, room.data(), room.size(), 0);
    return n < 0 ? "nothing" : std::string(room.data(), static_cast<std::size_t>(n));
  }

 private:
  test::temporary_folder folder_;
  int socket_;
  test::environment_variable variable_{"NOTIFY_SOCKET", (folder_ / "notify").c_str()};
};

TEST_F(notify, tells_ready_with_a_status_of_one_line) {
  notify_ready("1 app\nMAINPID=1");
  EXPECT_EQ(received(), "READY=1\nSTATUS=1 app\\nMAINPID=1");
}

TEST_F(notify, tells_status_watchdog_and_stopping) {
  notify_status("2 apps");
  EXPECT_EQ(received(), "STATUS=2 apps");
  notify_watchdog();
  EXPECT_EQ(received(), "WATCHDOG=1");
  notify_stopping();
  EXPECT_EQ(received(), "STOPPING=1");
}

TEST_F(notify, takes_half_of_the_managers_limit_as_its_pace) {
  test::environment_variable const limit{"WATCHDOG_USEC", "3000000"};
  test::environment_variable const pid{"WATCHDOG_PID", nullptr};
  EXPECT_EQ(notify_watchdog_interval(), std::chrono::microseconds(1'500'000));
}

TEST(notify_without_a_manager, is_silent) {
  test::environment_variable const none{"NOTIFY_SOCKET", nullptr};
  test::environment_variable const limit{"WATCHDOG_USEC", nullptr};
  notify_ready("x");
  EXPECT_EQ(notify_watchdog_interval(), std::nullopt);
}

}  // namespace
}  // namespace calluna::runtime
