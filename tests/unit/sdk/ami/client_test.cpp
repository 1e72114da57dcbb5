#include "fakes/ami_server.hpp"
#include "fakes/run_until.hpp"

#include <calluna/ami/client.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <mutex>
#include <optional>

namespace calluna::ami {
namespace {

namespace asio = boost::asio;
using fakes::ami_request;
using fakes::ami_server;
using testing::HasSubstr;
using namespace std::chrono_literals;

struct notebook : client_listener {
  void on_ami_events(event_batch const& batch) override {
    if (inside_a_call) ADD_FAILURE() << "called from inside a call";
    for (auto const& each : batch.events) events.emplace_back(each.event());
    if (keep) kept.push_back(batch);
  }
  void on_ami_state(client_state state, error const* why) override {
    if (inside_a_call) ADD_FAILURE() << "called from inside a call";
    states.push_back(state);
    if (why != nullptr) reasons.push_back(*why);
    if (then) then(state);
  }
  auto count(client_state s) const { return std::count(states.begin(), states.end(), s); }

  std::vector<std::string> events;
  std::vector<client_state> states;
  std::vector<error> reasons;
  std::vector<event_batch> kept;
  std::function<void(client_state)> then;
  bool keep = false;
  bool inside_a_call = false;
};

struct lines : log_sink {
  void write(log_level level, std::string_view, std::string_view text) override {
    if (level == log_level::warning) warnings.emplace_back(text);
  }
  std::vector<std::string> warnings;
};

client_options options_for(ami_server const& server) {
  client_options o;
  o.server = {.host = "127.0.0.1", .port = server.port()};
  o.user = "calluna";
  o.secret = "a secret";
  o.backoff = {5ms, 20ms, 0.25};
  return o;
}

struct ami_client : testing::Test {
  void make(client_options o) {
    subject.emplace(io.get_executor(), std::move(o), logger(log, "ami"), told);
    subject->start();
  }
  bool until(std::function<bool()> const& done) { return fakes::run_until(io, done); }
  bool up(long times = 1) {
    return until([&] { return told.count(client_state::up) >= times; });
  }
  void submit(action const& a, std::function<void(result<response>)> done,
              std::chrono::milliseconds timeout = 10s) {
    told.inside_a_call = true;
    auto guard = std::make_shared<bool>(true);
    subject->submit(*encode(a, subject->next_id(), subject->id_prefix()), timeout,
                    [guard, done = std::move(done)](result<response> r) {
                      EXPECT_FALSE(*guard) << "called from inside submit";
                      done(std::move(r));
                    });
    *guard = false;
    told.inside_a_call = false;
  }
  result<response> call(action const& a, std::chrono::milliseconds timeout = 10s) {
    std::optional<result<response>> answer;
    submit(
        a, [&](result<response> r) { answer = std::move(r); }, timeout);
    EXPECT_TRUE(until([&] { return answer.has_value(); }));
    return answer.value_or(fail(error_kind::protocol, "never called back"));
  }

  asio::io_context io;
  notebook told;
  std::shared_ptr<lines> log = std::make_shared<lines>();
  std::optional<client> subject;
};

TEST_F(ami_client, logs_in_with_either_method_and_gets_answers) {
  ami_server server;
  for (auto const method : {auth_method::md5, auth_method::plain}) {
    auto o = options_for(server);
    o.auth = method;
    make(o);
    ASSERT_TRUE(up());
    EXPECT_EQ(subject->state(), client_state::up);
    EXPECT_EQ(subject->protocol_version(), "11.0.0");
    auto const pong = call(action("Ping"));
    ASSERT_TRUE(pong) << pong.error().message;
    EXPECT_EQ(pong->head->get("Ping"), "Pong");
    subject.reset();
    told = {};
  }
}

TEST_F(ami_client, logs_in_over_tls_and_refuses_a_certificate_it_cannot_verify) {
  ami_server::options so;
  so.certificate = std::make_shared<fakes::tls_certificate>();
  ami_server server(so);
  auto o = options_for(server);
  o.server.tls = io::tls_options{true, so.certificate->ca_file(), ""};
  make(o);
  ASSERT_TRUE(up());
  EXPECT_TRUE(call(action("Ping")));
  subject.reset();
  told = {};
  fakes::tls_certificate const stranger;
  o.server.tls->ca_file = stranger.ca_file();
  make(o);
  ASSERT_TRUE(until([&] { return !told.reasons.empty(); }));
  EXPECT_EQ(told.reasons[0].kind, error_kind::refused);
}

TEST_F(ami_client, understands_a_server_that_sends_byte_by_byte) {
  ami_server::options so;
  so.piece = 1;
  ami_server server(so);
  make(options_for(server));
  ASSERT_TRUE(up());
  EXPECT_TRUE(call(action("Ping")));
}

TEST_F(ami_client, comes_back_after_a_cut_at_each_point_of_the_conversation) {
  std::size_t whole = 0;
  for (std::size_t cut = 1; whole == 0; cut += 7) {
    ami_server::options so;
    so.cut_after = cut;
    ami_server cutting(so);
    make(options_for(cutting));
    ASSERT_TRUE(until([&] {
      return told.count(client_state::down) >= 2 || told.count(client_state::up) >= 1;
    })) << "cut after "
        << cut;
    if (told.count(client_state::up) >= 1) whole = cut;
    for (auto const& why : told.reasons)
      EXPECT_TRUE(why.kind == error_kind::offline || why.kind == error_kind::protocol)
          << to_string(why);
    subject.reset();
    told = {};
  }
  EXPECT_GT(whole, 200U);
}

TEST_F(ami_client, tells_each_waiter_once_when_the_connection_is_lost_and_reconnects) {
  ami_server server;
  server.on("Originate", [](auto&, auto const&) {});
  server.on("CoreShowChannels", [](auto& peer, auto const&) { peer.close(); });
  make(options_for(server));
  ASSERT_TRUE(up());
  std::vector<std::string> answers;
  for (auto const* name : {"Originate", "CoreShowChannels"})
    submit(action(name), [&answers, name](result<response> r) {
      ASSERT_FALSE(r);
      EXPECT_EQ(r.error().kind, error_kind::offline);
      answers.push_back(fmt::format("{} {}", name, r.error().retryable));
    });
  ASSERT_TRUE(up(2));
  EXPECT_THAT(answers, testing::UnorderedElementsAre("Originate false", "CoreShowChannels true"));
  EXPECT_EQ(subject->count().connections_lost, 1U);
  EXPECT_EQ(subject->count().logins, 2U);
  EXPECT_TRUE(call(action("Ping")));
}

TEST_F(ami_client, refuses_actions_while_it_is_down_without_sending) {
  ami_server server;
  auto o = options_for(server);
  make(o);
  auto const answer = call(action("Originate"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, error_kind::offline);
  EXPECT_TRUE(answer.error().retryable);
}

TEST_F(ami_client, keeps_trying_a_refused_login_says_so_once_and_takes_the_mended_secret) {
  ami_server server;
  server.set_secret("another");
  make(options_for(server));
  ASSERT_TRUE(until([&] { return told.reasons.size() >= 3; }));
  EXPECT_EQ(told.reasons[2].kind, error_kind::refused);
  EXPECT_THAT(told.reasons[2].message,
              HasSubstr(fmt::format("\"calluna\" at 127.0.0.1:{}", server.port())));
  EXPECT_EQ(log->warnings.size(), 1U);
  server.set_secret("a secret");
  ASSERT_TRUE(up());
}

TEST_F(ami_client, comes_back_when_the_server_is_restarted_on_its_port) {
  std::optional<ami_server> server(std::in_place);
  ami_server::options so;
  so.port = server->port();
  make(options_for(*server));
  ASSERT_TRUE(up());
  server.reset();
  ASSERT_TRUE(until([&] { return told.reasons.size() >= 3; }));
  EXPECT_EQ(told.reasons.back().kind, error_kind::offline);
  server.emplace(so);
  ASSERT_TRUE(up(2));
}

TEST_F(ami_client, gives_events_in_order_and_keeps_batches_alive_for_who_holds_them) {
  ami_server server;
  make(options_for(server));
  ASSERT_TRUE(up());
  told.events.clear();
  told.keep = true;
  constexpr std::size_t many = 20'000;
  std::string flood;
  for (std::size_t i = 0; i < many; ++i)
    flood += fmt::format("Event: E{}\r\nChannel: PJSIP/{}\r\n\r\n", i, i);
  server.send_to_all(flood);
  ASSERT_TRUE(until([&] { return told.events.size() >= many; }));
  std::size_t i = 0;
  for (auto const& batch : told.kept)
    for (auto const& each : batch.events) {
      ASSERT_EQ(each.event(), fmt::format("E{}", i));
      ASSERT_EQ(each.get("channel"), fmt::format("PJSIP/{}", i));
      ++i;
    }
  EXPECT_EQ(i, many);
  EXPECT_EQ(subject->count().events, many + 1);  // and FullyBooted
}

TEST_F(ami_client, keeps_answers_and_events_in_the_order_of_the_wire) {
  ami_server server;
  server.on("Mark", [](auto& peer, ami_request const& r) {
    peer.send("Event: Before\r\n\r\nResponse: Success\r\n" + r.id_line() +
              "\r\nEvent: After\r\n\r\n");
  });
  make(options_for(server));
  ASSERT_TRUE(up());
  told.events.clear();
  submit(action("Mark"), [&](result<response>) { told.events.emplace_back("answer"); });
  ASSERT_TRUE(until([&] { return told.events.size() >= 3; }));
  EXPECT_THAT(told.events, testing::ElementsAre("Before", "answer", "After"));
}

TEST_F(ami_client, answers_thousands_of_actions_and_refuses_those_over_the_bound) {
  ami_server server;
  auto o = options_for(server);
  o.max_pending = 1'000;
  make(o);
  ASSERT_TRUE(up());
  std::size_t good = 0, refused = 0;
  for (int i = 0; i < 1'200; ++i)
    submit(action("Ping"), [&](result<response> r) {
      if (r) {
        ++good;
      } else {
        EXPECT_EQ(r.error().kind, error_kind::rejected);
        EXPECT_TRUE(r.error().retryable);
        ++refused;
      }
    });
  ASSERT_TRUE(until([&] { return good + refused == 1'200; }));
  EXPECT_EQ(good, 1'000U);
}

TEST_F(ami_client, tells_the_timeout_of_an_action_that_is_never_answered) {
  ami_server server;
  server.on("Silence", [](auto&, auto const&) {});
  make(options_for(server));
  ASSERT_TRUE(up());
  auto const answer = call(action("Silence"), 60ms);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, error_kind::timeout);
  EXPECT_FALSE(answer.error().retryable);
  EXPECT_TRUE(call(action("Ping")));
}

TEST_F(ami_client, notices_a_peer_that_falls_silent) {
  ami_server server;
  server.on("Ping", [](auto&, auto const&) {});
  auto o = options_for(server);
  o.ping_interval = 60ms;
  make(o);
  ASSERT_TRUE(up(2));
  EXPECT_THAT(told.reasons[0].message, HasSubstr("no answer to a Ping"));
}

TEST_F(ami_client, says_logoff_cancels_what_is_pending_and_falls_silent_when_stopped) {
  ami_server server;
  server.on("Silence", [](auto&, auto const&) {});
  make(options_for(server));
  ASSERT_TRUE(up());
  std::optional<error_kind> kind;
  submit(action("Silence"), [&](result<response> r) { kind = r.error().kind; });
  auto const before = told.states.size();
  subject->stop();
  EXPECT_FALSE(kind.has_value());  // never from inside
  io.restart();
  io.run();  // ends by itself: nothing is left behind
  EXPECT_EQ(kind, error_kind::cancelled);
  EXPECT_EQ(told.states.size(), before);
  EXPECT_THAT(server.received(), testing::Contains("Logoff"));
  EXPECT_EQ(call(action("Ping")).error().kind, error_kind::cancelled);
}

TEST_F(ami_client, may_be_stopped_or_destroyed_from_its_own_call_backs) {
  ami_server server;
  for (auto const at : {client_state::connecting, client_state::up}) {
    told = {};
    told.then = [&](client_state s) {
      if (s == at) subject.reset();
    };
    make(options_for(server));
    ASSERT_TRUE(until([&] { return !subject.has_value(); }));
    io.restart();
    io.run();
  }
  told = {};
  make(options_for(server));
  ASSERT_TRUE(up());
  int answers = 0;
  for (int i = 0; i < 3; ++i)
    submit(action("Ping"), [&](result<response>) {
      ++answers;
      subject.reset();
    });
  ASSERT_TRUE(until([&] { return answers == 3; }));
}

TEST_F(ami_client, does_not_mind_another_client_in_the_process) {
  ami_server first, second;
  second.on("Ping", [](auto& peer, ami_request const& r) {
    peer.send("Response: Success\r\n" + r.id_line() + "Ping: second\r\n\r\n");
  });
  make(options_for(first));
  notebook other_told;
  client other(io.get_executor(), options_for(second), {}, other_told);
  EXPECT_NE(other.id_prefix(), subject->id_prefix());
  other.start();
  ASSERT_TRUE(up());
  ASSERT_TRUE(until([&] { return other_told.count(client_state::up) == 1; }));
  std::string answer;
  other.submit(*encode(action("Ping"), other.next_id(), other.id_prefix()), 10s,
               [&](result<response> r) { answer = r->head->get("Ping"); });
  EXPECT_EQ(call(action("Ping"))->head->get("Ping"), "Pong");
  ASSERT_TRUE(until([&] { return !answer.empty(); }));
  EXPECT_EQ(answer, "second");
  first.drop_all();
  ASSERT_TRUE(up(2));
  EXPECT_EQ(other_told.count(client_state::down), 0);
}

TEST_F(ami_client, names_a_peer_that_is_no_asterisk) {
  ami_server::options so;
  so.banner = "SSH-2.0-OpenSSH_9.2\r\n";
  ami_server server(so);
  make(options_for(server));
  ASSERT_TRUE(until([&] { return !told.reasons.empty(); }));
  EXPECT_EQ(told.reasons[0].kind, error_kind::protocol);
  EXPECT_THAT(told.reasons[0].message, HasSubstr("SSH-2.0-OpenSSH_9.2"));
}

}  // namespace
}  // namespace calluna::ami
