#include "app_fixture.hpp"

#include <calluna/directory/directory.hpp>
#include <calluna/directory/user.hpp>

namespace calluna::bindings {
namespace {

/// An app of the library's own side, which has the native modules, with the grant to write.
class directory_writing : public app_test {
 protected:
  directory_writing() {
    library_ =
        std::filesystem::temp_directory_path() / ("calluna_library_" + std::to_string(::getpid()));
    std::filesystem::create_directories(library_);
    std::ofstream(library_ / "inside.lua") << "return ...";
    options.library_path = library_.string();
    options.grants = {"directory"};
    all_ = directory::directory::create(loop.get_executor(), {"", "DE", {}}, logger{});
    all_->open([](result<void> const& opened) { EXPECT_TRUE(opened); });
    options.services.partners = all_;
    directory::user anna;
    anna.id = "anna";
    anna.extension = "101";
    options.services.users = directory::user_registry::create({anna}).value();
  }
  ~directory_writing() override { std::filesystem::remove_all(library_); }

  /// Runs `body` as the app's start, and gives what it logged last.
  std::string run(std::string const& body) {
    run_app(
        "local log = require 'calluna.log'\nlocal native = require 'calluna.inside'\n"
        "local partners, users = native.partners, native.users\nreturn { start = function()\n" +
        body + "\nend }");
    if (started && !*started) return started->error().message;
    return last_log();
  }

  std::filesystem::path library_;
  std::shared_ptr<directory::directory> all_;
};

TEST_F(directory_writing, a_full_run_takes_the_place_of_all_and_tells_what_it_took) {
  EXPECT_EQ(run(R"(
    log.info("before: '%s'", assert(partners.cursor("test")))
    assert(partners.begin_full("test"))
    assert(partners.apply { upserts = { { id = 4, name = "Archer", is_company = true, lang = "de_DE" } } })
    local done = assert(partners.apply { done = true, cursor = "c1", upserts = {
      { id = "17", name = "Ann", company_id = 4, company = "Archer", numbers = { "030 5550000", "101" },
        tags = { "VIP" }, salesperson = 7, salesperson_endpoints = { "PJSIP/1" }, url = "u", region = "DE" } } })
    log.info("%d put, %d deleted, %d unreadable, cursor %s", done.put, done.deleted, done.unreadable,
      partners.cursor("test")))"),
            "info 1 put, 0 deleted, 1 unreadable, cursor c1");
  EXPECT_EQ(log_lines().front(), "info before: ''");
  auto const r = directory::lookup(*all_->current(), {49305550000});
  directory::partner ann;
  ann.id = "17";
  ann.name = "Ann";
  ann.company_id = "4";
  ann.company = "Archer";
  ann.numbers = {"030 5550000", "101"};
  ann.tags = {"VIP"};
  ann.salesperson = "7";
  ann.salesperson_endpoints = {"PJSIP/1"};
  ann.url = "u";
  ann.region = "DE";
  EXPECT_EQ(directory::decode(r.partner), ann);
  EXPECT_TRUE(all_->current()->get("4").is_company());
  EXPECT_EQ(all_->status().source, "test");
}

TEST_F(directory_writing, changes_and_deletions_come_after) {
  EXPECT_EQ(run(R"(
    assert(partners.begin_full("test"))
    assert(partners.apply { done = true, upserts = { { id = 1, numbers = { "+49305550001" } },
                                                     { id = 2, numbers = { "+49305550002" } } } })
    local done = assert(partners.apply { done = true, deletes = { "2", "3" },
                                         upserts = { { id = 1, numbers = { "+49305550003" } } } })
    log.info("%d put, %d deleted", done.put, done.deleted))"),
            "info 1 put, 1 deleted");
  auto const now = all_->current();
  EXPECT_EQ(directory::lookup(*now, {49305550003}).partner.id(), "1");
  EXPECT_TRUE(directory::lookup(*now, {49305550001}).candidates.empty());
  EXPECT_TRUE(directory::lookup(*now, {49305550002}).candidates.empty());
}

TEST_F(directory_writing, what_cannot_be_kept_is_an_error_of_the_step) {
  EXPECT_EQ(run(R"(
    local done, err = partners.apply { done = true, upserts = { { name = "Who" } } }
    log.info("%s %s", tostring(done), tostring(err)))"),
            "info nil invalid: a partner without an id: Who");
  auto const text =
      run("partners.apply { done = true, upserts = { { id = 1, numbers = 'one' } } }");
  EXPECT_NE(text.find("a partner's numbers is a string; it takes a list"), std::string::npos)
      << text;
}

TEST_F(directory_writing, errors_of_the_source_are_shown) {
  run("partners.note_error('erp: offline')");
  EXPECT_EQ(all_->status().last_error, "erp: offline");
}

TEST_F(directory_writing, users_of_the_business_system_join_the_configured_ones) {
  EXPECT_EQ(run(R"(
    local conflicts = users.put {
      { id = "boris", name = "Boris", extension = "102", external_id = 8, lang = "de_DE",
        devices = { { channel = "PJSIP/102", originate = false, auto_answer = "X: y" } } },
      { id = "eve", extension = "101" } }
    log.info("%d: %s", #conflicts, conflicts[1]))"),
            "info 1: extension 101 belongs to 'anna' already, not to 'eve'");
  auto const users = options.services.users->current();
  auto const* const boris = users->get("8");
  ASSERT_NE(boris, nullptr);
  EXPECT_EQ(boris->id, "boris");
  EXPECT_EQ(boris->devices, (std::vector<directory::device>{{"PJSIP/102", "", false, "X: y"}}));
}

TEST_F(directory_writing, needs_the_grant) {
  options.grants.clear();
  EXPECT_EQ(run("log.info('%s %s', tostring(partners.apply), tostring(users.put))"),
            "info nil nil");
}

TEST_F(directory_writing, an_app_that_asks_no_more_lets_go_of_what_was_replaced) {
  EXPECT_EQ(run(R"(
    assert(partners.begin_full("test"))
    assert(partners.apply { done = true, upserts = { { id = 1, numbers = { "+49305550001" } } } })
    log.info("%s", tostring(partners.lookup("+49305550001").id)))"),
            "info 1");
  std::weak_ptr<directory::snapshot const> const old = all_->current();
  auto const good = [](auto const& outcome) { EXPECT_TRUE(outcome); };
  all_->begin_full("test", good);
  all_->apply({{}, {}, "", true}, good);
  settle();
  EXPECT_FALSE(old.expired());
  advance(61);
  EXPECT_TRUE(old.expired());
}

}  // namespace
}  // namespace calluna::bindings
