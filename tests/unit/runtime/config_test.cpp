#include "temporary_folder.hpp"

#include <calluna/runtime/config.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

namespace calluna::runtime {
namespace {

namespace fs = std::filesystem;
using test::environment_variable;
using test::temporary_folder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view good_pbx = R"([pbx.main.ami]
user = "calluna"
secret_env = "CALLUNA_TEST_SECRET"
)";

class config_of : public testing::Test {
 protected:
  config_of() { folder.write("apps/vip/init.lua", ""); }

  fs::path file() const { return folder / "calluna.toml"; }
  tl::expected<config, config_problems> parse(std::string const& text) const {
    return parse_config(text, file());
  }
  config good(std::string const& text) const {
    auto parsed = parse(text);
    if (parsed) return std::move(*parsed);
    for (auto const& line : parsed.error()) ADD_FAILURE() << line;
    return {};
  }
  /// The problems of `text`, with the folder's name cut off.
  config_problems problems(std::string const& text) const {
    auto const parsed = parse(text);
    if (parsed) return {};
    auto lines = parsed.error();
    auto const prefix = folder.path().string() + "/";
    for (auto& line : lines)
      for (auto at = line.find(prefix); at != line.npos; at = line.find(prefix))
        line.erase(at, prefix.size());
    return lines;
  }
  std::string with_pbx(std::string_view more) const {
    return std::string{good_pbx} + std::string{more};
  }

  temporary_folder folder;
  environment_variable secret{"CALLUNA_TEST_SECRET", "correct horse"};
};

TEST_F(config_of, everything_is_read) {
  folder.write("ari.secret", "battery staple\n");
  folder.write("ca.pem", "");
  auto const c = good(R"(
[pbx.main]
region = "DE"
[pbx.main.ami]
host = "pbx.example.org"
port = 15039
user = "ann"
secret_env = "CALLUNA_TEST_SECRET"
auth = "plain"
tls = { ca_file = "ca.pem", server_name = "pbx", verify = true }
event_mask = "call,agent"
filters = ["Event: Newchannel", "!Event: RTCPSent"]
ping_seconds = 7
[pbx.main.ari]
url = "https://pbx.example.org:18089/prefix/ari/"
user = "bob"
password_file = "ari.secret"
[app.vip]
path = "apps/vip/"
pbx = "main"
grants = ["os.execute", "debug", "debug"]
memory_mb = 128
soft_memory_mb = 100
budget_ms = 50
drain_seconds = 60
fallback = "main,s,1"
config = { queue = "support", limits = [1, 2.5], on = true, day = 2026-03-01 }
[runtime]
control_socket = "run/c.sock"
log_level = "debug"
watch = false
debounce_ms = 5
stop_seconds = 3
)");
  ASSERT_EQ(c.pbx.size(), 1u);
  auto const& ami = c.pbx[0].ami;
  ASSERT_TRUE(ami && c.pbx[0].ari);
  EXPECT_EQ(c.pbx[0].region, "DE");
  EXPECT_EQ(ami->name, "main");
  EXPECT_EQ(ami->server.host, "pbx.example.org");
  EXPECT_EQ(ami->server.port, 15039);
  EXPECT_EQ(ami->server.tls->ca_file, (folder / "ca.pem").string());
  EXPECT_EQ(ami->server.tls->server_name, "pbx");
  EXPECT_EQ(ami->secret, "correct horse");
  EXPECT_EQ(ami->auth, ami::auth_method::plain);
  EXPECT_EQ(ami->event_mask, "call,agent");
  EXPECT_THAT(ami->filters, ElementsAre("Event: Newchannel", "!Event: RTCPSent"));
  EXPECT_EQ(ami->ping_interval, std::chrono::seconds(7));
  auto const& ari = c.pbx[0].ari;
  EXPECT_EQ(ari->server.host, "pbx.example.org");
  EXPECT_EQ(ari->server.port, 18089);
  EXPECT_TRUE(ari->server.tls && ari->server.tls->verify);
  EXPECT_EQ(ari->base_path, "/prefix/ari");
  EXPECT_EQ(ari->password, "battery staple");
  ASSERT_EQ(c.apps.size(), 1u);
  auto const& app = c.apps[0];
  EXPECT_EQ(app.name, "vip");
  EXPECT_EQ(app.path, folder / "apps/vip");
  EXPECT_EQ(app.main_file(), folder / "apps/vip/init.lua");
  EXPECT_THAT(app.pbx, ElementsAre("main"));
  EXPECT_THAT(app.grants, ElementsAre("debug", "os.execute"));
  EXPECT_EQ(app.memory_bytes, std::size_t{128} << 20);
  EXPECT_EQ(app.soft_memory_bytes, std::size_t{100} << 20);
  EXPECT_EQ(app.budget, std::chrono::milliseconds(50));
  EXPECT_EQ(app.drain, std::chrono::seconds(60));
  EXPECT_EQ(app.config_json,
            R"({"day":"2026-03-01","limits":[1,2.5],"on":true,"queue":"support"})");
  ASSERT_TRUE(app.fallback);
  EXPECT_EQ(app.fallback->context, "main");
  EXPECT_EQ(app.fallback->extension, "s");
  EXPECT_EQ(app.fallback->priority, 1);
  EXPECT_EQ(c.runtime.control_socket, folder / "run/c.sock");
  EXPECT_EQ(c.runtime.log_level, log_level::debug);
  EXPECT_FALSE(c.runtime.watch);
  EXPECT_EQ(c.runtime.debounce, std::chrono::milliseconds(5));
  EXPECT_EQ(c.runtime.stop, std::chrono::seconds(3));
  EXPECT_THAT(c.warnings, IsEmpty());
}

TEST_F(config_of, one_protocol_is_enough_and_defaults_fill_the_rest) {
  auto const c = good(with_pbx("[app.vip]\npath = \"apps/vip\"\n"));
  ASSERT_TRUE(c.pbx[0].ami);
  EXPECT_FALSE(c.pbx[0].ari);
  EXPECT_EQ(c.pbx[0].ami->server.host, "127.0.0.1");
  EXPECT_EQ(c.pbx[0].ami->server.port, 5038);
  EXPECT_FALSE(c.pbx[0].ami->server.tls);
  EXPECT_EQ(c.apps[0].memory_bytes, std::size_t{64} << 20);
  EXPECT_EQ(c.apps[0].soft_memory_bytes, std::size_t{48} << 20);
  EXPECT_EQ(c.apps[0].config_json, "{}");
  EXPECT_TRUE(c.runtime.watch);
}

TEST_F(config_of, tls_moves_the_default_ports) {
  auto const c =
      good(with_pbx("tls = true\n[pbx.main.ari]\nurl = \"https://[::1]\"\n"
                    "user = \"u\"\npassword_env = \"CALLUNA_TEST_SECRET\"\n"));
  EXPECT_EQ(c.pbx[0].ami->server.port, 5039);
  EXPECT_EQ(c.pbx[0].ari->server.host, "::1");
  EXPECT_EQ(c.pbx[0].ari->server.port, 8089);
  EXPECT_EQ(c.pbx[0].ari->base_path, "/ari");
}

TEST_F(config_of, all_problems_are_told_with_their_places_in_the_files_order) {
  EXPECT_THAT(
      problems("[pbx.main.ami]\n"
               "  usr = \"calluna\"\n"
               "user = \"calluna\"\n"
               "port = \"5038\"\n"
               "secret_env = \"CALLUNA_TEST_SECRET\"\n"
               "[app.vip]\n"
               "[runtme]\n"),
      ElementsAre("calluna.toml:2:3: pbx.main.ami: unknown key 'usr' (did you mean 'user'?)",
                  "calluna.toml:4:8: pbx.main.ami: 'port' must be a whole number, not text",
                  "calluna.toml:6:1: app.vip: 'path' is missing",
                  "calluna.toml:7:2: unknown key 'runtme' (did you mean 'runtime'?)"));
}

TEST_F(config_of, a_syntax_error_has_its_place) {
  auto const lines = problems("[pbx.main]\nregion = DE\n");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0], testing::StartsWith("calluna.toml:2:"));
}

TEST_F(config_of, every_beginning_of_a_file_is_read_or_told) {
  auto const whole = with_pbx("[app.vip]\npath = \"apps/vip\"\nconfig = { a = [[1]], b = 1e3 }\n");
  for (std::size_t n = 0; n <= whole.size(); ++n)
    for (auto const* more : {"", "[", "[[[", "=", "\"\"\"", "{", "\xff", "ü", " \u0471"})
      for (auto const& line : problems(whole.substr(0, n) + more))
        EXPECT_THAT(line, testing::StartsWith("calluna.toml"));
}

TEST_F(config_of, without_a_pbx_says_what_to_add) {
  EXPECT_THAT(problems(""),
              ElementsAre("calluna.toml: there is no PBX: add [pbx.main.ami] or [pbx.main.ari]"));
  EXPECT_THAT(problems("[pbx.main]\n"),
              ElementsAre("calluna.toml:1:1: pbx.main: needs [pbx.main.ami] or [pbx.main.ari]"));
}

TEST_F(config_of, a_literal_secret_is_refused_with_the_alternatives) {
  auto const lines = problems(
      "[pbx.main.ami]\nuser = \"u\"\nsecret = \"x\"\n[pbx.main.ari]\n"
      "url = \"http://h\"\nuser = \"u\"\npassword = \"x\"\n");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_THAT(lines[0],
              HasSubstr("calluna.toml:3:10: pbx.main.ami: 'secret' is not read from here"));
  EXPECT_THAT(lines[0], HasSubstr("use secret_env = \"NAME\" or secret_file = \"path\""));
  EXPECT_THAT(lines[1], HasSubstr("use password_env = \"NAME\" or password_file = \"path\""));
}

TEST_F(config_of, a_secret_has_exactly_one_source) {
  EXPECT_THAT(problems("[pbx.main.ami]\nuser = \"u\"\n"),
              ElementsAre(HasSubstr("'secret_env' or 'secret_file' is missing")));
  EXPECT_THAT(problems(with_pbx("secret_file = \"x\"\n")),
              ElementsAre(HasSubstr("'secret_env' and 'secret_file' exclude each other")));
}

TEST_F(config_of, a_secret_file_that_everyone_can_read_is_refused) {
  folder.write("s", "correct horse", 0644);
  EXPECT_THAT(
      problems("[pbx.main.ami]\nuser = \"u\"\nsecret_file = \"s\"\n"),
      ElementsAre(
          "calluna.toml:3:15: pbx.main.ami: 'secret_file': the file 's' is open to everyone "
          "(mode 0644): chmod 600 or 640 it"));
}

TEST_F(config_of, a_default_password_is_refused) {
  environment_variable const weak{"CALLUNA_TEST_SECRET", "amp111"};
  EXPECT_THAT(problems(std::string{good_pbx}), ElementsAre(HasSubstr("well-known default")));
}

TEST_F(config_of, bad_values_are_told_one_by_one) {
  struct {
    char const* more;
    char const* problem;
  } const cases[] = {
      {"port = 70000", "'port' must be from 1 to 65535, not 70000"},
      {"auth = \"sha\"", "'auth' must be \"md5\" or \"plain\", not 'sha'"},
      {"event_mask = \"a\\r\\nb\"", "'event_mask' holds a control character"},
      {"filters = [1]", "'filters' must hold only texts, not a whole number"},
      {"tls = 1", "'tls' must be a table, not a whole number"},
      {"tls = { ca_file = \"no\" }", "there is no file 'no'"},
      {"[app.vip]\npath = \"apps/nobody\"", "'path': there is no 'apps/nobody'"},
      {"[app.vip]\npath = \"apps\"", "'path': the folder 'apps' has no init.lua"},
      {"[app.Vip]\npath = \"apps/vip\"", "app: 'Vip' is no name: names are made of a-z"},
      {"[app.vip]\npath = \"apps/vip\"\npbx = \"man\"", "no [pbx.man] (did you mean 'main'?)"},
      {"[app.vip]\npath = \"apps/vip\"\ngrants = [\"os.exec\"]",
       "unknown grant 'os.exec' (did you mean 'os.execute'?); there are: debug, ffi, io.popen, "
       "loadlib, originate_application, os.execute"},
      {"[app.vip]\npath = \"apps/vip\"\nfallback = \"main,s\"", "'fallback' must be \"context,"},
      {"[app.vip]\npath = \"apps/vip\"\nfallback = \"main,s,0\"", "'fallback' must be"},
      {"[app.vip]\npath = \"apps/vip\"\nmemory_mb = 2\nsoft_memory_mb = 3", "from 1 to 2, not 3"},
      {"[app.vip]\npath = \"apps/vip\"\nconfig = { a = nan }", "'config' holds inf or nan"},
      {"[app.vip]\npath = \"apps/vip\"\nconfig = 1", "'config' must be a table"},
      {"[user.ann]\ndevices = [{ channel = \"PJSIP/101\", auto_answer = \"yelink\" }]",
       "no phone family is called 'yelink' (did you mean 'yealink'?); there are cisco, fanvil,"},
      {"[runtime]\nlog_level = \"loud\"", "one of debug, info, warning, error, not 'loud'"},
      {"[runtime]\nwatch = \"yes\"", "'watch' must be true or false, not text"},
      {"[runtime]\ndebounce_ms = -1", "'debounce_ms' must be from 0"},
  };
  for (auto const& [more, problem] : cases)
    EXPECT_THAT(problems(with_pbx(more)), ElementsAre(HasSubstr(problem))) << more;
}

TEST_F(config_of, bad_urls_are_told) {
  struct {
    char const* url;
    char const* problem;
  } const cases[] = {
      {"pbx:8088", "must begin with http:// or https://"},
      {"http://", "names no host"},
      {"http://u:p@h/ari", "must not hold a login"},
      {"http://h:0/ari", "has a port that"},
      {"http://h:x", "has a port that"},
      {"http://h:99999", "has a port that"},
      {"http://[::1", "lacks the ']'"},
      {"http://h/ari?x=1", "must end with"},
      {"http://[::1]8088/ari", "has a port that"},
      {"http://h:/ari", "has a port that"},
  };
  for (auto const& [url, problem] : cases)
    EXPECT_THAT(problems(std::string{"[pbx.main.ari]\nuser = \"u\"\n"
                                     "password_env = \"CALLUNA_TEST_SECRET\"\nurl = \""} +
                         url + "\"\n"),
                ElementsAre(HasSubstr(problem)))
        << url;
}

TEST_F(config_of, tls_and_url_must_agree) {
  EXPECT_THAT(problems("[pbx.main.ari]\nuser = \"u\"\npassword_env = \"CALLUNA_TEST_SECRET\"\n"
                       "url = \"http://h\"\ntls = true\n"),
              ElementsAre(HasSubstr("'tls' and 'url' disagree")));
}

TEST_F(config_of, a_connection_that_is_not_safe_is_warned_of) {
  EXPECT_THAT(good(with_pbx("tls = { verify = false }\n")).warnings,
              ElementsAre(HasSubstr("pbx.main.ami.tls: verify = false")));
  EXPECT_THAT(good(with_pbx("auth = \"plain\"\n")).warnings, ElementsAre(HasSubstr("clear text")));
}

TEST_F(config_of, one_app_given_replaces_those_of_the_file_and_keeps_its_settings) {
  folder.write("other/vip/init.lua", "");
  auto const text = with_pbx("[app.vip]\npath = \"gone\"\nbudget_ms = 7\n[app.popup]\n");
  auto const c = parse_config(text, file(), folder / "other/vip/");
  ASSERT_TRUE(c) << c.error()[0];
  ASSERT_EQ(c->apps.size(), 1u);
  EXPECT_EQ(c->apps[0].name, "vip");
  EXPECT_EQ(c->apps[0].path, folder / "other/vip");
  EXPECT_EQ(c->apps[0].budget, std::chrono::milliseconds(7));
}

TEST_F(config_of, one_app_given_needs_no_section) {
  auto const file_app = folder.write("queue.lua", "");
  auto const c = parse_config(good_pbx, file(), file_app);
  ASSERT_TRUE(c) << c.error()[0];
  EXPECT_EQ(c->apps[0].name, "queue");
  EXPECT_EQ(c->apps[0].main_file(), file_app);
}

TEST_F(config_of, one_app_given_needs_a_usable_name_and_an_init_file) {
  fs::create_directory(folder / "My App");
  auto const c = parse_config(good_pbx, file(), folder / "My App");
  ASSERT_FALSE(c);
  EXPECT_THAT(c.error(),
              ElementsAre(HasSubstr("'My App' cannot name an app"), HasSubstr("has no init.lua")));
}

TEST_F(config_of, a_linked_app_keeps_the_link_in_its_path) {
  fs::create_directory_symlink(folder / "apps", folder / "current");
  auto const c = good(with_pbx("[app.vip]\npath = \"current/vip\"\n"));
  EXPECT_EQ(c.apps[0].path, folder / "current/vip");
}

TEST_F(config_of, a_file_that_is_missing_or_none_is_told) {
  auto const line = [](fs::path const& f) {
    auto const c = load_config(f);
    return c ? std::string{} : c.error().at(0);
  };
  EXPECT_THAT(line(folder / "no.toml"), HasSubstr("no.toml: there is no such file"));
  EXPECT_THAT(line(folder.path()), HasSubstr("is not a regular file"));
  EXPECT_THAT(line(folder.write("big.toml", std::string((1 << 20) + 1, '#'))), HasSubstr("1 MiB"));
}

TEST_F(config_of, deep_nesting_in_an_apps_settings_is_bounded) {
  std::string key = "config.a";
  for (int i = 0; i < 50; ++i) key += ".a";
  EXPECT_THAT(problems(with_pbx("[app.vip]\npath = \"apps/vip\"\n" + key + " = 1\n")),
              ElementsAre(HasSubstr("nested more than 32 levels")));
}

TEST(control_sockets, follow_the_users_runtime_folder_first) {
  environment_variable const set{"XDG_RUNTIME_DIR", "/run/user/7"};
  EXPECT_EQ(default_control_sockets().front(), "/run/user/7/calluna.sock");
  environment_variable const unset{"XDG_RUNTIME_DIR", nullptr};
  environment_variable const temporary{"TMPDIR", "/tmp"};
  EXPECT_EQ(default_control_sockets().back(),
            "/tmp/calluna-" + std::to_string(::getuid()) + "/calluna.sock");
}

TEST(control_sockets, are_found_in_a_file_with_other_mistakes) {
  EXPECT_EQ(control_socket_in("x = 1\n[runtime]\ncontrol_socket = \"c.sock\"\n", "/etc/c.toml"),
            "/etc/c.sock");
  EXPECT_EQ(control_socket_in("[runtime]\n", "/etc/c.toml"), std::nullopt);
  EXPECT_EQ(control_socket_in("[[[", "/etc/c.toml"), std::nullopt);
}

TEST_F(config_of, regions_by_trunk_keep_the_order_of_the_file) {
  auto const c = good(with_pbx(R"([pbx.main]
region = "DE"
trunk_regions = { "PJSIP/trunk-us" = "US", "PJSIP/at-*" = "AT" }
)"));
  using region = std::pair<std::string, std::string>;
  EXPECT_THAT(
      c.pbx.at(0).trunk_regions,
      testing::UnorderedElementsAre(region{"PJSIP/trunk-us", "US"}, region{"PJSIP/at-*", "AT"}));
  EXPECT_THAT(problems(with_pbx("[pbx.main]\ntrunk_regions = { \"PJSIP/a\" = \"Germany\" }\n")),
              ElementsAre(HasSubstr("two capital letters")));
  EXPECT_THAT(problems(with_pbx("[pbx.main]\ntrunk_regions = { trunk = \"DE\" }\n")),
              ElementsAre(HasSubstr("like \"PJSIP/trunk-us\"")));
}

TEST_F(config_of, trunks_are_endpoints_as_channels_name_them) {
  auto const c = good(with_pbx("[pbx.main]\ntrunks = [\"PJSIP/trunk\", \"PJSIP/at-*\"]\n"));
  EXPECT_THAT(c.pbx.at(0).trunks, ElementsAre("PJSIP/trunk", "PJSIP/at-*"));
  EXPECT_THAT(problems(with_pbx("[pbx.main]\ntrunks = [\"trunk\"]\n")),
              ElementsAre(HasSubstr("'trunk' must be an endpoint as channels name it")));
}

constexpr std::string_view good_odoo = R"([odoo.main]
url = "https://erp.example"
database = "company"
user = "telephony"
key_env = "CALLUNA_TEST_SECRET"
)";

TEST_F(config_of, a_business_system_is_read) {
  auto const c = good(with_pbx(std::string(good_odoo) + R"(transport = "json-2"
max_connections = 2
timeout_seconds = 5
key_name = "phones"
)"));
  ASSERT_EQ(c.erps.size(), 1U);
  auto const& o = c.erps[0];
  EXPECT_EQ(o.name, "main");
  EXPECT_EQ(o.url, "https://erp.example");
  EXPECT_EQ(o.database, "company");
  EXPECT_EQ(o.user, "telephony");
  EXPECT_EQ(o.key, "correct horse");
  EXPECT_EQ(o.transport, erp::transport_choice::json2);
  EXPECT_EQ(o.max_connections, 2);
  EXPECT_EQ(o.timeout, std::chrono::seconds(5));
  EXPECT_EQ(o.key_name, "phones");
  EXPECT_TRUE(o.tls.verify);
}

TEST_F(config_of, mistakes_about_a_business_system_are_told) {
  auto const lines = problems(with_pbx(R"([odoo.main]
url = "ftp://u:p@erp.example"
user = "telephony"
key = "literal"
transport = "xml-rpc"
)"));
  EXPECT_THAT(lines, testing::UnorderedElementsAre(
                         HasSubstr("must begin with https://"), HasSubstr("must not hold a login"),
                         HasSubstr("'database' is missing"), HasSubstr("unknown key 'key'"),
                         HasSubstr("'key_env' or 'key_file' is missing"), HasSubstr("json-rpc")));
}

TEST_F(config_of, a_directory_names_its_source) {
  folder.write("partners.csv", "");
  folder.write("my.lua", "");
  auto const csv = good(with_pbx("[directory]\nfile = \"partners.csv\"\nregion = \"DE\"\n"));
  ASSERT_TRUE(csv.directory);
  EXPECT_EQ(csv.directory->adapter, "csv");
  EXPECT_EQ(csv.directory->file, folder / "partners.csv");
  EXPECT_EQ(csv.directory->region, "DE");
  EXPECT_EQ(csv.directory->database, csv.runtime.state_folder / "directory.sqlite");
  auto const odoo = good(with_pbx(std::string(good_odoo) + R"([directory]
adapter = "odoo"
database = "d.sqlite"
refresh_seconds = 10
)"));
  EXPECT_EQ(odoo.directory->erp, "main");
  EXPECT_EQ(odoo.directory->database, folder / "d.sqlite");
  EXPECT_EQ(odoo.directory->refresh, std::chrono::seconds(10));
  auto const own = good(with_pbx("[directory]\nadapter = \"my.lua\"\n"));
  EXPECT_EQ(own.directory->adapter, (folder / "my.lua").string());
}

TEST_F(config_of, mistakes_about_the_directory_are_told) {
  EXPECT_THAT(problems(with_pbx("[directory]\n")), ElementsAre(HasSubstr("'file' is missing")));
  EXPECT_THAT(problems(with_pbx("[directory]\nfile = \"no.csv\"\n")),
              ElementsAre(HasSubstr("there is no file 'no.csv'")));
  EXPECT_THAT(problems(with_pbx("[directory]\nadapter = \"odoo\"\n")),
              ElementsAre(HasSubstr("there is no [odoo.NAME]")));
  EXPECT_THAT(problems(with_pbx("[directory]\nadapter = \"sap\"\n")),
              ElementsAre(HasSubstr("'adapter' must be")));
  EXPECT_THAT(problems(with_pbx(std::string(good_odoo) +
                                "[directory]\nadapter = \"odoo\"\nodoo = \"mian\"\n")),
              ElementsAre(HasSubstr("(did you mean 'main'?)")));
}

TEST_F(config_of, the_state_folder_is_where_systemd_says) {
  environment_variable const state{"STATE_DIRECTORY", "/var/lib/calluna-a:/var/lib/calluna-b"};
  EXPECT_EQ(good(std::string(good_pbx)).runtime.state_folder, "/var/lib/calluna-a");
  EXPECT_EQ(good(with_pbx("[runtime]\nstate_folder = \"state\"\n")).runtime.state_folder,
            folder / "state");
}

}  // namespace
}  // namespace calluna::runtime
