#include "temporary_folder.hpp"

#include <calluna/runtime/config.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace calluna::runtime {
namespace {

using test::environment_variable;
using test::temporary_folder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class config_http : public testing::Test {
 protected:
  tl::expected<config, config_problems> parse(std::string const& more) const {
    return parse_config(
        "[pbx.main.ami]\nuser = \"calluna\"\nsecret_env = \"CALLUNA_TEST_SECRET\"\n" + more,
        folder / "calluna.toml");
  }
  config good(std::string const& more) const {
    auto parsed = parse(more);
    if (parsed) return std::move(*parsed);
    for (auto const& line : parsed.error()) ADD_FAILURE() << line;
    return {};
  }
  config_problems problems(std::string const& more) const {
    auto const parsed = parse(more);
    return parsed ? config_problems{} : parsed.error();
  }

  temporary_folder folder;
  environment_variable secret{"CALLUNA_TEST_SECRET", "correct horse"};
};

TEST_F(config_http, without_the_section_there_is_no_server) {
  EXPECT_FALSE(good("").http);
}

TEST_F(config_http, an_empty_section_is_for_this_machine) {
  auto const c = good("[http]\n");
  ASSERT_TRUE(c.http);
  EXPECT_EQ(c.http->address, "127.0.0.1");
  EXPECT_EQ(c.http->port, 8080);
  EXPECT_EQ(c.http->certificate_file, "");
  EXPECT_EQ(c.http->metrics_networks.size(), 2u);
  EXPECT_THAT(c.warnings, IsEmpty());
}

TEST_F(config_http, everything_is_read) {
  folder.write("web.pem", "", 0644);
  folder.write("web.key", "", 0600);
  auto const c = good(R"([http]
listen = "[::]:8443"
tls = { certificate = "web.pem", key_file = "web.key" }
trusted_proxies = ["127.0.0.1", "10.0.0.0/8"]
allowed_hosts = "phones.example"
metrics_allow = []
max_connections = 100
)");
  ASSERT_TRUE(c.http);
  EXPECT_EQ(c.http->address, "::");
  EXPECT_EQ(c.http->port, 8443);
  EXPECT_EQ(c.http->certificate_file, (folder / "web.pem").string());
  EXPECT_EQ(c.http->key_file, (folder / "web.key").string());
  EXPECT_TRUE(web::any_contains(c.http->trusted_proxies, *web::address::read("10.1.2.3")));
  EXPECT_THAT(c.http->allowed_hosts, ElementsAre("phones.example"));
  EXPECT_THAT(c.http->metrics_networks, IsEmpty());
  EXPECT_EQ(c.http->max_connections, 100u);
  EXPECT_THAT(c.warnings, IsEmpty());
}

TEST_F(config_http, a_port_may_be_left_to_the_system) {
  EXPECT_EQ(good("[http]\nlisten = \"127.0.0.1:0\"\n").http->port, 0);
}

TEST_F(config_http, an_address_is_an_address_and_a_port) {
  for (auto const* const wrong :
       {"8080", "localhost:8080", ":8080", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536",
        "::1:8080", "[127.0.0.1]:1", "[::1]", "127.0.0.1:-1"})
    EXPECT_THAT(
        problems("[http]\nlisten = \"" + std::string(wrong) + "\"\n"),
        ElementsAre(HasSubstr("calluna.toml:5:10: http: 'listen' must be an address and a port")))
        << wrong;
}

TEST_F(config_http, a_key_that_everybody_may_read_is_refused) {
  folder.write("web.pem", "");
  folder.write("web.key", "", 0644);
  EXPECT_THAT(problems("[http]\ntls = { certificate = \"web.pem\", key_file = \"web.key\" }\n"),
              ElementsAre(HasSubstr("is open to everyone (mode 0644): chmod 600 or 640 it")));
  EXPECT_THAT(problems("[http]\ntls = { certificate = \"web.pem\" }\n"),
              ElementsAre(HasSubstr("http.tls: 'key_file' is missing")));
  EXPECT_THAT(problems("[http]\ntls = { certificate = \"no.pem\", key_file = \"no.key\" }\n"),
              ElementsAre(HasSubstr("there is no file"), HasSubstr("cannot be read")));
}

TEST_F(config_http, mistakes_are_told_with_their_place) {
  EXPECT_THAT(problems("[http]\ntrusted_proxies = [\"10.1.2.3/8\"]\n"),
              ElementsAre(HasSubstr("calluna.toml:5:19: http: 'trusted_proxies': ")));
  EXPECT_THAT(problems("[http]\nmetrics_allow = [\"office\"]\n"),
              ElementsAre(HasSubstr("http: 'metrics_allow': ")));
  EXPECT_THAT(problems("[http]\nlisen = \"127.0.0.1:1\"\n"),
              ElementsAre(HasSubstr("(did you mean 'listen'?)")));
  EXPECT_THAT(problems("[http]\nmax_connections = 0\n"),
              ElementsAre(HasSubstr("must be from 1 to")));
}

TEST_F(config_http, tokens_in_clear_text_get_a_warning) {
  EXPECT_THAT(good("[http]\nlisten = \"0.0.0.0:8080\"\n").warnings,
              ElementsAre(HasSubstr("http: without tls tokens are sent in clear text")));
}

TEST_F(config_http, the_state_folder_is_found_without_a_look_at_the_rest) {
  EXPECT_EQ(
      state_folder_in("[runtime]\nstate_folder = \"s\"\n[http]\nlisten = 7\n", folder / "c.toml"),
      folder / "s");
  EXPECT_FALSE(state_folder_in("[runtime]\n", folder / "c.toml"));
  EXPECT_FALSE(state_folder_in("[", folder / "c.toml"));
}

}  // namespace
}  // namespace calluna::runtime
