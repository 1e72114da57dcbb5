// The two clients of the sdk on their own: how requests travel, and TLS.
#include "fakes/run_until.hpp"
#include "support/lab_test.hpp"

#include <calluna/ami/client.hpp>
#include <calluna/ari/client.hpp>
#include <calluna/ari/operation.hpp>

#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include <optional>

namespace calluna::integration {
namespace {

struct ari_listener : ari::client_listener {
  void on_ari_events(std::string_view, ari::event_batch const& batch) override {
    for (auto const& event : batch.events) types.emplace_back(event.type);
  }
  void on_ari_state(std::string_view, ari::application_state to, error const* why) override {
    state = to;
    if (why != nullptr) problem = *why;
  }
  ari::application_state state = ari::application_state::down;
  std::optional<error> problem;
  std::vector<std::string> types;
};

struct ami_listener : ami::client_listener {
  void on_ami_events(ami::event_batch const&) override {}
  void on_ami_state(ami::client_state to, error const* why) override {
    state = to;
    if (why != nullptr) problem = *why;
  }
  ami::client_state state = ami::client_state::down;
  std::optional<error> problem;
};

class sdk_client : public lab_test {
 protected:
  ari::client_options ari_options(bool with_tls) {
    ari::client_options o;
    o.server = server(with_tls, "HTTP_PORT", "HTTPS_PORT");
    o.user = pbx().setting("ARI_USER");
    o.password = pbx().setting("ARI_SECRET");
    return o;
  }
  ami::client_options ami_options(bool with_tls) {
    ami::client_options o;
    o.server = server(with_tls, "AMI_PORT", "AMI_TLS_PORT");
    o.user = pbx().setting("AMI_USER");
    o.secret = pbx().setting("AMI_SECRET");
    return o;
  }
  io::endpoint server(bool with_tls, char const* plain, char const* secured) {
    io::endpoint to{pbx().setting("HOST"), pbx().port(with_tls ? secured : plain), {}};
    if (with_tls) {
      to.tls.emplace();
      to.tls->ca_file = pbx().setting("CA_FILE");
    }
    return to;
  }

  /// The answer of one request.
  result<ari::response> ask(ari::client& client, char const* operation,
                            nlohmann::json const& arguments = nlohmann::json::object()) {
    auto request = ari::make_request(*ari::find_operation(operation), arguments);
    if (!request) return tl::unexpected(request.error());
    std::optional<result<ari::response>> answer;
    client.submit(std::move(*request), 5s,
                  [&](result<ari::response> r) { answer.emplace(std::move(r)); });
    if (!fakes::run_until(loop_, [&] { return answer.has_value(); }))
      return fail(error_kind::timeout, "the client keeps silent");
    return std::move(*answer);
  }

  void expect_ari_works(ari::client_options const& options, bool over_websocket) {
    ari_listener heard;
    ari::client client{loop_.get_executor(), options, logger{}, heard};
    client.subscribe("t-sdk");
    ASSERT_TRUE(fakes::run_until(loop_, [&] { return heard.state == ari::application_state::up; }));
    // Until the server has answered the probe, requests go over HTTP: they do not wait for it.
    for (int i = 0; over_websocket && i < 100 && client.count().over_websocket == 0; ++i)
      ASSERT_TRUE(ask(client, "channels.list"));
    auto const before = client.count().over_websocket;
    for (int i = 0; i < 20; ++i) {
      auto const channels = ask(client, "channels.list");
      ASSERT_TRUE(channels) << channels.error().message;
      EXPECT_EQ(channels->status, 200);
      EXPECT_TRUE(nlohmann::json::parse(channels->body).is_array());
    }
    auto const none = ask(client, "channels.get", {{"channelId", "nosuch"}});
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().kind, error_kind::gone);
    EXPECT_EQ(client.count().over_websocket, over_websocket ? before + 21 : 0U);
    client.stop();
  }

  boost::asio::io_context loop_{1};
};
CALLUNA_WITH_BOTH(sdk_client);

TEST_P(sdk_client, asks_over_the_websocket_where_the_server_answers_there_else_over_http) {
  expect_ari_works(ari_options(false), GetParam() == 22);
}

TEST_P(sdk_client, does_the_same_with_tls_verified_by_the_given_authority) {
  expect_ari_works(ari_options(true), GetParam() == 22);
}

TEST_P(sdk_client, refuses_an_ari_certificate_it_cannot_verify) {
  auto options = ari_options(true);
  options.server.tls->ca_file.clear();
  ari_listener heard;
  ari::client client{loop_.get_executor(), options, logger{}, heard};
  client.subscribe("t-sdk");
  ASSERT_TRUE(fakes::run_until(loop_, [&] { return heard.problem.has_value(); }));
  EXPECT_EQ(heard.problem->kind, error_kind::refused) << heard.problem->message;
  auto const answer = ask(client, "channels.list");
  ASSERT_FALSE(answer);
  client.stop();
}

TEST_P(sdk_client, refuses_a_certificate_for_another_name) {
  auto options = ari_options(true);
  options.server.tls->server_name = "pbx.example";
  ari_listener heard;
  ari::client client{loop_.get_executor(), options, logger{}, heard};
  client.subscribe("t-sdk");
  ASSERT_TRUE(fakes::run_until(loop_, [&] { return heard.problem.has_value(); }));
  EXPECT_EQ(heard.problem->kind, error_kind::refused) << heard.problem->message;
  client.stop();
}

TEST_P(sdk_client, logs_in_to_the_manager_with_md5_plain_and_tls) {
  for (auto const auth : {ami::auth_method::md5, ami::auth_method::plain})
    for (bool const with_tls : {false, true}) {
      auto options = ami_options(with_tls);
      options.auth = auth;
      ami_listener heard;
      ami::client client{loop_.get_executor(), options, logger{}, heard};
      client.start();
      EXPECT_TRUE(fakes::run_until(loop_, [&] { return heard.state == ami::client_state::up; }))
          << (heard.problem ? heard.problem->message : "");
      client.stop();
    }
}

TEST_P(sdk_client, refuses_a_manager_certificate_it_cannot_verify) {
  auto options = ami_options(true);
  options.server.tls->ca_file.clear();
  ami_listener heard;
  ami::client client{loop_.get_executor(), options, logger{}, heard};
  client.start();
  ASSERT_TRUE(fakes::run_until(loop_, [&] { return heard.problem.has_value(); }));
  EXPECT_EQ(heard.problem->kind, error_kind::refused) << heard.problem->message;
  EXPECT_EQ(client.count().logins, 0U);
  client.stop();
}

TEST_P(sdk_client, uses_a_certificate_it_cannot_verify_only_when_told_to) {
  auto options = ami_options(true);
  options.server.tls->ca_file.clear();
  options.server.tls->verify = false;
  ami_listener heard;
  ami::client client{loop_.get_executor(), options, logger{}, heard};
  client.start();
  EXPECT_TRUE(fakes::run_until(loop_, [&] { return heard.state == ami::client_state::up; }));
  client.stop();
}

TEST_P(sdk_client, tells_the_wrong_manager_secret_as_refused) {
  auto options = ami_options(false);
  options.secret = "wrong";
  ami_listener heard;
  ami::client client{loop_.get_executor(), options, logger{}, heard};
  client.start();
  ASSERT_TRUE(fakes::run_until(loop_, [&] { return heard.problem.has_value(); }));
  EXPECT_EQ(heard.problem->kind, error_kind::refused) << heard.problem->message;
  client.stop();
}

TEST_P(sdk_client, runs_actions_and_lists) {
  ami_listener heard;
  ami::client client{loop_.get_executor(), ami_options(false), logger{}, heard};
  client.start();
  ASSERT_TRUE(fakes::run_until(loop_, [&] { return heard.state == ami::client_state::up; }));
  auto const send = [&](ami::action const& what) {
    std::optional<result<ami::response>> answer;
    client.submit(*ami::encode(what, client.next_id(), client.id_prefix()), 5s,
                  [&](result<ami::response> r) { answer.emplace(std::move(r)); });
    fakes::run_until(loop_, [&] { return answer.has_value(); });
    return std::move(*answer);
  };
  auto const endpoints = send(ami::action("PJSIPShowEndpoints"));
  ASSERT_TRUE(endpoints) << endpoints.error().message;
  EXPECT_EQ(endpoints->items.size(), 11U);
  auto const none = send(ami::action("PJSIPShowEndpoint").set("Endpoint", "nosuch"));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, error_kind::rejected) << none.error().message;
  client.stop();
}

}  // namespace
}  // namespace calluna::integration
