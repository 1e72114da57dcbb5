#include "temporary_folder.hpp"

#include <calluna/runtime/control_client.hpp>
#include <calluna/runtime/control_server.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <future>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace calluna::runtime {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using namespace std::chrono_literals;
using local = asio::local::stream_protocol;
using nlohmann::json;
using testing::HasSubstr;

/// A server on a thread of its own.
class control : public testing::Test {
 protected:
  control() {
    auto made = control_server::listen(loop.get_executor(), path, {});
    EXPECT_TRUE(made) << made.error().message;
    server = std::move(*made);
    server->on("echo", [](json const& request, control_server::reply answer) {
      answer(json{{"request", request}});
    });
    server->on("fail", [](json const&, control_server::reply answer) {
      answer(fail(error_kind::busy, "not\nnow", true));
    });
    server->on("drop", [](json const&, control_server::reply) {});
    server->on("keep", [this](json const&, control_server::reply answer) {
      kept.push_back(std::move(answer));
      if (kept_one) kept_one();
    });
    server->on("stop", [this](json const&, control_server::reply answer) {
      answer(json::object());
      server.reset();
    });
    thread = std::thread([this] { loop.run(); });
  }
  ~control() override {
    on_loop([this] {
      kept.clear();
      server.reset();
    });
    guard.reset();
    thread.join();
  }

  void on_loop(std::function<void()> work) {
    std::packaged_task<void()> task{std::move(work)};
    auto done = task.get_future();
    asio::post(loop, std::move(task));
    done.get();
  }
  result<json> call(json const& request, std::chrono::milliseconds deadline = 10s) const {
    return call_control(path, request, deadline);
  }

  test::temporary_folder folder;
  fs::path path = folder / "run/c.sock";
  asio::io_context loop;
  asio::executor_work_guard<asio::io_context::executor_type> guard{loop.get_executor()};
  std::unique_ptr<control_server> server;
  std::vector<control_server::reply> kept;
  std::function<void()> kept_one;
  std::thread thread;
};

/// A client that sends and reads raw lines.
struct raw_client {
  asio::io_context loop;
  local::socket socket{loop};
  std::string incoming;

  explicit raw_client(fs::path const& path) { socket.connect(local::endpoint{path.string()}); }
  void send(std::string const& bytes) {
    boost::system::error_code ignored;
    asio::write(socket, asio::buffer(bytes), ignored);
  }
  std::string line() {
    boost::system::error_code code;
    auto const n = asio::read_until(socket, asio::dynamic_buffer(incoming), '\n', code);
    if (code) return "closed";
    auto const text = incoming.substr(0, n - 1);
    incoming.erase(0, n);
    return text;
  }
};

TEST_F(control, answers_a_request) {
  auto const answer = call({{"command", "echo"}, {"app", "vip"}});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(*answer, json::parse(R"({"request":{"command":"echo","app":"vip"}})"));
}

TEST_F(control, knows_which_user_asks) {
  on_loop([this] {
    server->on("who", [this](json const&, control_server::reply answer) {
      answer(json{{"user", server->asking().value_or(static_cast<uid_t>(-1))}});
    });
  });
  auto const answer = call({{"command", "who"}});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->value("user", uid_t{}), ::getuid());
}

TEST_F(control, hands_an_error_over_with_its_kind) {
  auto const answer = call({{"command", "fail"}});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, error_kind::busy);
  EXPECT_EQ(answer.error().message, "not\nnow");
  EXPECT_TRUE(answer.error().retryable);
}

TEST_F(control, refuses_an_unknown_command) {
  EXPECT_EQ(call({{"command", "dance"}}).error().message, "unknown command 'dance'");
}

TEST_F(control, tells_when_a_request_is_dropped) {
  EXPECT_EQ(call({{"command", "drop"}}).error().kind, error_kind::cancelled);
}

TEST_F(control, answers_several_requests_of_a_client_in_order) {
  raw_client client{path};
  client.send("{\"command\":\"echo\",\"n\":1}\n{\"command\":\"echo\",\"n\":2}\n");
  EXPECT_EQ(json::parse(client.line())["request"]["n"], 1);
  EXPECT_EQ(json::parse(client.line())["request"]["n"], 2);
}

TEST_F(control, takes_a_request_in_pieces) {
  raw_client client{path};
  for (char const c : std::string{"{\"command\":\"echo\"}\n"}) client.send({c});
  EXPECT_EQ(json::parse(client.line())["ok"], true);
}

TEST_F(control, answers_nonsense_and_goes_on) {
  raw_client client{path};
  for (auto const* nonsense : {"hello\n", "\n", "[]\n", "{}\n", "{\"command\":1}\n", "\xff\n"}) {
    client.send(nonsense);
    EXPECT_EQ(json::parse(client.line())["error"]["kind"], "invalid") << nonsense;
  }
  client.send("{\"command\":\"echo\"}\n");
  EXPECT_EQ(json::parse(client.line())["ok"], true);
}

TEST_F(control, bounds_the_length_of_a_request) {
  raw_client client{path};
  client.send(std::string(control_server::longest_request + 1, 'x'));
  EXPECT_THAT(client.line(), HasSubstr("65536 bytes at most"));
  EXPECT_EQ(client.line(), "closed");
}

TEST_F(control, serves_several_clients_at_once) {
  std::promise<void> waits;
  kept_one = [&] { waits.set_value(); };
  raw_client slow{path};
  slow.send("{\"command\":\"keep\"}\n");
  waits.get_future().get();
  EXPECT_TRUE(call({{"command", "echo"}}));
  on_loop([this] { kept[0](json{{"late", true}}); });
  EXPECT_EQ(json::parse(slow.line())["late"], true);
}

TEST_F(control, bounds_the_number_of_clients) {
  std::vector<std::unique_ptr<raw_client>> clients;
  for (std::size_t i = 0; i < control_server::most_clients; ++i) {
    clients.push_back(std::make_unique<raw_client>(path));
    clients.back()->send("{\"command\":\"echo\"}\n");
    ASSERT_EQ(json::parse(clients.back()->line())["ok"], true);
  }
  auto const refused = call({{"command", "echo"}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, error_kind::rejected);
}

TEST_F(control, survives_a_client_that_goes_before_its_answer) {
  std::promise<void> waits;
  kept_one = [&] { waits.set_value(); };
  {
    raw_client client{path};
    client.send("{\"command\":\"keep\"}\n");
    waits.get_future().get();
  }
  on_loop([this] { kept[0](json::object()); });
  EXPECT_TRUE(call({{"command", "echo"}}));
}

TEST_F(control, may_be_destroyed_by_a_request) {
  call({{"command", "stop"}}, 2s);
  on_loop([] {});  // the answer may be here before the handler has gone on
  EXPECT_EQ(call({{"command", "echo"}}).error().kind, error_kind::offline);
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(control, keeps_the_clients_deadline) {
  auto const late = call({{"command", "keep"}}, 50ms);
  EXPECT_EQ(late.error().kind, error_kind::timeout);
}

TEST_F(control, refuses_a_socket_in_use_and_names_the_process) {
  auto const second = control_server::listen(loop.get_executor(), path, {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, error_kind::rejected);
  EXPECT_THAT(second.error().message, HasSubstr("process " + std::to_string(::getpid())));
  EXPECT_TRUE(call({{"command", "echo"}})) << "the first is unharmed";
}

TEST_F(control, leaves_alone_a_socket_that_has_taken_its_place) {
  fs::remove(path);
  auto second = control_server::listen(loop.get_executor(), path, {});
  ASSERT_TRUE(second);
  on_loop([this] { server.reset(); });
  EXPECT_TRUE(fs::exists(path));
  on_loop([&] { second->reset(); });
  EXPECT_FALSE(fs::exists(path));
}

TEST(control_socket, is_private_whatever_the_umask) {
  test::temporary_folder const folder;
  asio::io_context loop;
  auto const before = ::umask(0);
  auto const made = control_server::listen(loop.get_executor(), folder / "run/c.sock", {});
  ::umask(before);
  ASSERT_TRUE(made);
  struct stat status {};
  ASSERT_EQ(::stat((folder / "run/c.sock").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
  ASSERT_EQ(::stat((folder / "run").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700u);
}

TEST(control_socket, replaces_one_that_a_dead_process_left) {
  test::temporary_folder const folder;
  asio::io_context loop;
  { local::acceptor const left{loop, local::endpoint{(folder / "c.sock").string()}}; }
  ASSERT_TRUE(fs::exists(folder / "c.sock"));
  EXPECT_TRUE(control_server::listen(loop.get_executor(), folder / "c.sock", {}));
}

TEST(control_socket, does_not_replace_what_is_no_socket) {
  test::temporary_folder const folder;
  asio::io_context loop;
  auto const made = control_server::listen(loop.get_executor(), folder.write("c.sock", "x"), {});
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, HasSubstr("exists and is no socket"));
}

TEST(control_socket, is_refused_where_another_user_could_replace_it) {
  test::temporary_folder const folder;
  asio::io_context loop;
  fs::create_directory(folder / "open");
  fs::permissions(folder / "open", fs::perms::all);
  auto const made = control_server::listen(loop.get_executor(), folder / "open/c.sock", {});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, error_kind::refused);
}

TEST(control_socket, has_a_bounded_path) {
  asio::io_context loop;
  auto const made =
      control_server::listen(loop.get_executor(), "/tmp/" + std::string(110, 'x'), {});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, error_kind::invalid);
}

TEST(control_client, says_when_nobody_is_there) {
  test::temporary_folder const folder;
  auto const missing = call_control(folder / "c.sock", json::object(), 1s);
  EXPECT_THAT(missing.error().message, HasSubstr("there is no socket"));
  asio::io_context loop;
  { local::acceptor const left{loop, local::endpoint{(folder / "c.sock").string()}}; }
  auto const dead = call_control(folder / "c.sock", json::object(), 1s);
  EXPECT_THAT(dead.error().message, HasSubstr("is dead"));
  EXPECT_EQ(dead.error().kind, error_kind::offline);
}

}  // namespace
}  // namespace calluna::runtime
