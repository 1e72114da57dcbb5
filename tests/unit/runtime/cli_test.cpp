#include "temporary_folder.hpp"

#include <calluna/runtime/cli.hpp>
#include <calluna/runtime/control_server.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <sstream>
#include <thread>
#include <vector>

namespace calluna::runtime {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

constexpr auto good_config = R"([pbx.main.ami]
user = "calluna"
secret_env = "CALLUNA_TEST_SECRET"
[app.vip]
path = "vip"
)";

class cli : public testing::Test {
 protected:
  cli() : start_(fs::current_path()) {
    folder.write("vip/init.lua", "");
    fs::current_path(folder.path());
  }
  ~cli() override { fs::current_path(start_); }

  int call(std::vector<std::string> const& words) {
    std::vector<char const*> argv{"calluna"};
    for (auto const& word : words) argv.push_back(word.c_str());
    out.str("");
    err.str("");
    cli_actions const actions{[this](config const& c, run_options const&) {
                                ran = c;
                                return 0;
                              },
                              [this](config const& c) {
                                checked = c;
                                return check_result;
                              }};
    return run_cli(static_cast<int>(argv.size()), argv.data(), actions, out, err);
  }
  bool one_line() const {
    auto const text = err.str();
    return std::count(text.begin(), text.end(), '\n') == 1 && text.ends_with('\n');
  }

  test::temporary_folder folder;
  test::environment_variable secret{"CALLUNA_TEST_SECRET", "correct horse"};
  test::environment_variable no_config{"CALLUNA_CONFIG", nullptr};
  std::ostringstream out, err;
  std::optional<config> ran, checked;
  int check_result = 0;

 private:
  fs::path start_;
};

TEST_F(cli, prints_its_version) {
  EXPECT_EQ(call({"version"}), 0);
  EXPECT_THAT(out.str(), StartsWith("calluna "));
}

TEST_F(cli, explains_itself_with_its_exit_codes) {
  EXPECT_EQ(call({"--help"}), 0);
  EXPECT_THAT(out.str(), HasSubstr("Exit codes: 0 done; 1 failed; 2 wrong"));
  EXPECT_EQ(err.str(), "");
}

TEST_F(cli, tells_each_mistake_in_the_arguments_on_a_line) {
  std::vector<std::vector<std::string>> const mistakes{{},
                                                       {"dance"},
                                                       {"run"},
                                                       {"run", "a", "b"},
                                                       {"run", "--loud", "x"},
                                                       {"run", "x", "--log-level", "loud"},
                                                       {"status", "--timeout", "x"},
                                                       {"run", "nowhere"}};
  for (auto const& words : mistakes) {
    EXPECT_EQ(call(words), 2) << testing::PrintToString(words);
    EXPECT_TRUE(one_line()) << err.str();
    EXPECT_THAT(err.str(), StartsWith("calluna"));
  }
}

TEST_F(cli, runs_the_apps_of_a_configuration) {
  folder.write("c.toml", good_config);
  EXPECT_EQ(call({"run", "c.toml"}), 0) << err.str();
  ASSERT_TRUE(ran);
  EXPECT_EQ(ran->apps.at(0).path, folder / "vip");
  EXPECT_TRUE(ran->runtime.watch);
}

TEST_F(cli, lets_arguments_override_the_configuration) {
  folder.write("c.toml", good_config);
  EXPECT_EQ(call({"run", "c.toml", "--no-watch", "--log-level", "warning"}), 0) << err.str();
  EXPECT_FALSE(ran->runtime.watch);
  EXPECT_EQ(ran->runtime.log_level, log_level::warning);
}

TEST_F(cli, tells_all_mistakes_in_a_configuration_a_line_each) {
  folder.write("c.toml", "[pbx.main.ami]\nusr = 1\n");
  EXPECT_EQ(call({"run", "c.toml"}), 2);
  EXPECT_FALSE(ran);
  EXPECT_THAT(err.str(), HasSubstr("c.toml:2:1: pbx.main.ami: unknown key 'usr'"));
  EXPECT_THAT(err.str(), HasSubstr("c.toml:1:1: pbx.main.ami: 'user' is missing"));
}

TEST_F(cli, needs_an_app_to_run_but_not_to_check) {
  folder.write("c.toml",
               std::string_view{good_config}.substr(0, std::string_view{good_config}.find("[app")));
  EXPECT_EQ(call({"run", "c.toml"}), 2);
  EXPECT_TRUE(one_line());
  EXPECT_THAT(err.str(), HasSubstr("no app to run"));
  EXPECT_EQ(call({"check", "c.toml"}), 0);
}

TEST_F(cli, finds_the_configuration_of_an_app_in_the_promised_order) {
  auto const used = [&](std::vector<std::string> const& words) {
    ran.reset();
    EXPECT_EQ(call(words), 0) << err.str();
    return ran ? ran->file.filename().string() + "/" + ran->pbx.at(0).name : "none";
  };
  auto const config_of = [&](std::string const& pbx) {
    return "[pbx." + pbx + ".ami]\nuser = \"u\"\nsecret_env = \"CALLUNA_TEST_SECRET\"\n";
  };
  EXPECT_EQ(call({"run", "vip"}), 2);
  EXPECT_TRUE(one_line());
  EXPECT_THAT(err.str(), HasSubstr("no configuration for 'vip'"));
  folder.write("calluna.toml", config_of("here"));
  EXPECT_EQ(used({"run", "vip"}), "calluna.toml/here");
  folder.write("vip/calluna.toml", config_of("beside"));
  EXPECT_EQ(used({"run", "vip"}), "calluna.toml/beside");
  EXPECT_EQ(used({"run", "vip/init.lua"}), "calluna.toml/beside");
}

TEST_F(cli, prefers_the_named_configuration) {
  folder.write("calluna.toml", good_config);
  folder.write("named.toml", good_config);
  test::environment_variable const named{"CALLUNA_CONFIG", "named.toml"};
  EXPECT_EQ(call({"run", "vip"}), 0) << err.str();
  EXPECT_EQ(ran->file, "named.toml");
  EXPECT_EQ(call({"run", "vip", "--config", "calluna.toml"}), 0) << err.str();
  EXPECT_EQ(ran->file, "calluna.toml");
}

TEST_F(cli, hands_the_result_of_a_check_on) {
  folder.write("c.toml", good_config);
  EXPECT_EQ(call({"check", "c.toml"}), 0);
  EXPECT_EQ(out.str(), "c.toml: good\n");
  check_result = 1;
  EXPECT_EQ(call({"check", "c.toml"}), 1);
  EXPECT_EQ(out.str(), "");
}

TEST_F(cli, says_that_no_runtime_is_there) {
  EXPECT_EQ(call({"status", "--socket", (folder / "no.sock").string()}), 1);
  EXPECT_TRUE(one_line());
  EXPECT_THAT(err.str(), HasSubstr("no runtime: there is no socket"));
}

/// With a runtime on a thread of its own, whose socket ./calluna.toml names.
class cli_token : public cli {
 protected:
  cli_token() {
    folder.write("calluna.toml",
                 "[runtime]\ncontrol_socket = \"c.sock\"\nstate_folder = \"state\"\n");
  }
};

TEST_F(cli_token, without_a_runtime_the_file_is_changed) {
  EXPECT_EQ(call({"token", "add", "page", "--user", "anna", "--expires", "90d", "--paths", "/v1",
                  "/page"}),
            0)
      << err.str();
  EXPECT_THAT(out.str(), testing::MatchesRegex("cal_[0-9a-f]+\n"));
  auto const ending = out.str().substr(out.str().size() - 5, 4);
  EXPECT_THAT(err.str(), HasSubstr("no runtime runs, so this is about " +
                                   (folder / "state/tokens.json").string()));
  EXPECT_THAT(err.str(), HasSubstr("it is not shown again"));
  EXPECT_EQ(call({"token", "list"}), 0) << err.str();
  EXPECT_THAT(
      out.str(),
      StartsWith("NAME  USER  ENDS IN  CREATED     EXPIRES     PATHS\npage  anna  " + ending));
  EXPECT_THAT(out.str(), HasSubstr("/v1 /page\n"));
  EXPECT_EQ(call({"token", "revoke", "page"}), 0) << err.str();
  EXPECT_EQ(out.str(), "revoked: page\n");
  EXPECT_EQ(call({"token", "revoke", "page"}), 1);
  EXPECT_EQ(err.str(), "calluna: there is no token 'page'\n");
  EXPECT_EQ(call({"token", "list"}), 0);
  EXPECT_EQ(out.str(), "no tokens\n");
}

TEST_F(cli_token, the_folder_that_is_made_is_its_owners_only) {
  ASSERT_EQ(call({"token", "add", "page"}), 0) << err.str();
  EXPECT_EQ(fs::status(folder / "state").permissions(), fs::perms::owner_all);
}

TEST_F(cli_token, a_name_is_used_once) {
  ASSERT_EQ(call({"token", "add", "page"}), 0) << err.str();
  EXPECT_EQ(call({"token", "add", "page"}), 1);
  EXPECT_EQ(err.str(), "calluna: there is a token 'page' already\n");
}

TEST_F(cli_token, mistakes_are_a_line_each) {
  for (std::vector<std::string> const& words : {std::vector<std::string>{"token"},
                                                {"token", "add"},
                                                {"token", "make", "x"},
                                                {"token", "revoke"},
                                                {"token", "add", "x", "--expires", "90"},
                                                {"token", "add", "x", "--expires", "0d"},
                                                {"token", "add", "x", "--expires", "9999d"}}) {
    EXPECT_EQ(call(words), 2) << testing::PrintToString(words);
    EXPECT_TRUE(one_line()) << err.str();
  }
  EXPECT_EQ(call({"token", "list", "--config", "nowhere.toml"}), 1);
  EXPECT_EQ(err.str(), "calluna: there is no 'nowhere.toml'\n");
}

TEST_F(cli_token, a_socket_that_is_named_has_to_answer) {
  EXPECT_EQ(call({"token", "list", "--socket", "nowhere.sock"}), 1);
  EXPECT_TRUE(one_line()) << err.str();
}

class cli_with_runtime : public cli {
 protected:
  cli_with_runtime() {
    folder.write("calluna.toml", "[runtime]\ncontrol_socket = \"c.sock\"\n");
    server = std::move(*control_server::listen(loop.get_executor(), folder / "c.sock", {}));
    server->on("status", [](json const&, control_server::reply answer) {
      answer(json{{"version", "1"},
                  {"apps", {{{"name", "vip"}, {"calls", 3}, {"error", "a\nb"}}}},
                  {"pbx", json::array()}});
    });
    server->on("reload", [](json const& request, control_server::reply answer) {
      if (request.value("app", "") == "broken")
        return answer(fail(error_kind::invalid, "broken/init.lua:3: '=' expected"));
      answer(json{{"reloaded", request.value("app", "all")}});
    });
    server->on("calls", [](json const&, control_server::reply answer) {
      answer(json{{"calls",
                   {{{"id", "0-a.1"},
                     {"pbx", "main"},
                     {"direction", "in"},
                     {"status", "up"},
                     {"seconds", 3661.9},
                     {"from", "+4930\x1b[2J"},
                     {"to", ""},
                     {"parties", {"PJSIP/trunk", "PJSIP/101"}}}}}});
    });
    server->on("tail", [](json const& request, control_server::reply answer) {
      if (request.value("call", "") == "0-gone")
        return answer(fail(error_kind::gone, "there is no live call '0-gone'"));
      bool const more = request.value("session", 0) == 7;
      json const line{{"at", 1.25}, {"text", more ? "ended: answered" : "started: in"}};
      answer(json{{"session", 7}, {"call", "0-a.1"}, {"lines", {line}}, {"ended", more}});
    });
    server->on("rotate_key", [](json const& request, control_server::reply answer) {
      if (request.value("odoo", "") != "main")
        return answer(fail(error_kind::invalid, "there is no [odoo.other]"));
      answer(json::object());
    });
    server->on("token", [](json const& request, control_server::reply answer) {
      if (request.value("do", "") == "add")
        return answer(json{
            {"token", "cal_" + request.value("name", "") + "_of_" + request.value("user", "")}});
      answer(fail(error_kind::gone, "there is no token '" + request.value("name", "") + "'"));
    });
    thread = std::thread([this] { loop.run(); });
  }
  ~cli_with_runtime() override {
    guard.reset();
    loop.stop();
    thread.join();
    server.reset();
  }

 private:
  boost::asio::io_context loop;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard{
      loop.get_executor()};
  std::unique_ptr<control_server> server;
  std::thread thread;
};

TEST_F(cli_with_runtime, shows_its_status_for_people) {
  EXPECT_EQ(call({"status"}), 0) << err.str();
  EXPECT_EQ(out.str(), "apps:\n  vip  calls=3 error=a\\nb\npbx: none\nversion: 1\n");
}

TEST_F(cli_with_runtime, shows_its_status_for_programs) {
  EXPECT_EQ(call({"status", "--json"}), 0) << err.str();
  EXPECT_EQ(json::parse(out.str())["apps"][0]["calls"], 3);
}

TEST_F(cli_with_runtime, reloads_all_apps_or_one) {
  EXPECT_EQ(call({"reload"}), 0) << err.str();
  EXPECT_EQ(out.str(), "reloaded: all\n");
  EXPECT_EQ(call({"reload", "vip"}), 0) << err.str();
  EXPECT_EQ(out.str(), "reloaded: vip\n");
}

TEST_F(cli_with_runtime, changes_the_key_of_the_business_system_that_is_named) {
  EXPECT_EQ(call({"rotate-key", "main"}), 0) << err.str();
  EXPECT_EQ(call({"rotate-key", "other"}), 1);
  EXPECT_THAT(err.str(), HasSubstr("there is no [odoo.other]"));
  EXPECT_EQ(call({"rotate-key"}), 2);
}

TEST_F(cli_with_runtime, asks_it_for_tokens) {
  EXPECT_EQ(call({"token", "add", "page", "--user", "anna"}), 0) << err.str();
  EXPECT_EQ(out.str(), "cal_page_of_anna\n");
  EXPECT_EQ(call({"token", "revoke", "other"}), 1);
  EXPECT_EQ(err.str(), "calluna: there is no token 'other'\n");
}

TEST_F(cli_with_runtime, tells_why_a_reload_failed) {
  EXPECT_EQ(call({"reload", "broken"}), 1);
  EXPECT_EQ(err.str(), "calluna: broken/init.lua:3: '=' expected\n");
}

TEST_F(cli_with_runtime, shows_live_calls_a_line_each) {
  EXPECT_EQ(call({"calls"}), 0) << err.str();
  EXPECT_NE(out.str().find("0-a.1                    main     in       up         1:01:01  "
                           "+4930\\x1b[2J"),
            std::string::npos)
      << out.str();
  EXPECT_NE(out.str().find("-                PJSIP/trunk PJSIP/101\n1 call\n"), std::string::npos)
      << out.str();
}

TEST_F(cli_with_runtime, follows_a_call_to_its_end) {
  EXPECT_EQ(call({"tail", "next"}), 0) << err.str();
  EXPECT_EQ(out.str().rfind("call 0-a.1\n", 0), 0u) << out.str();
  EXPECT_NE(out.str().find(".250  started: in\n"), std::string::npos);
  EXPECT_NE(out.str().find(".250  ended: answered\n"), std::string::npos);
  EXPECT_EQ(call({"tail", "0-gone"}), 1);
  EXPECT_EQ(err.str(), "calluna: there is no live call '0-gone'\n");
}

}  // namespace
}  // namespace calluna::runtime
