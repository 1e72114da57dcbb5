#include "../temporary_folder.hpp"
#include "server_fixture.hpp"

#include <calluna/runtime/web/token_store.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <thread>

namespace calluna::runtime::web::test {
namespace {

using runtime::test::temporary_folder;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string text_of(std::filesystem::path const& file) {
  std::ostringstream out;
  out << std::ifstream{file}.rdbuf();
  return out.str();
}

TEST(token_store, knows_a_token_by_its_hash_only) {
  temporary_folder const folder;
  token_store store(folder / "tokens.json");
  auto const token = store.add({"desk", "alice", {}, {}}, 1000);
  ASSERT_TRUE(token) << token.error().message;
  EXPECT_THAT(*token, StartsWith("cal_"));
  EXPECT_EQ(token->size(), 4 + 64U);
  auto const found = store.find(*token, 2000);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->user, "alice");
  EXPECT_EQ(found->name, "desk");
  EXPECT_EQ(found->created, 1000);
  EXPECT_EQ(found->ending, token->substr(token->size() - 4));
  EXPECT_FALSE(store.find(*token + "x", 2000));
  EXPECT_FALSE(store.find(token->substr(1), 2000));
  EXPECT_FALSE(store.find("", 2000));
  EXPECT_FALSE(store.find(std::string(100'000, 'x'), 2000));
  EXPECT_THAT(text_of(folder / "tokens.json"), Not(HasSubstr(token->substr(4, 32))));
  struct stat status {};
  ASSERT_EQ(::stat((folder / "tokens.json").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST(token_store, sees_what_another_process_changed) {
  temporary_folder const folder;
  token_store runtime(folder / "tokens.json");
  token_store command(folder / "tokens.json");
  auto const token = *command.add({"a", "", {}, {}}, 1);
  EXPECT_FALSE(runtime.find(token, 2));
  ASSERT_TRUE(runtime.refresh());
  EXPECT_TRUE(runtime.find(token, 2));
  auto const other = *runtime.add({"b", "", {}, {}}, 1);
  ASSERT_TRUE(command.revoke("a"));
  ASSERT_TRUE(runtime.refresh());
  EXPECT_FALSE(runtime.find(token, 2)) << "revoked";
  EXPECT_TRUE(runtime.find(other, 2));
  EXPECT_EQ(command.list().size(), 1U);
  std::filesystem::remove(folder / "tokens.json");
  ASSERT_TRUE(runtime.refresh());
  EXPECT_FALSE(runtime.find(other, 2));
}

TEST(token_store, loses_nothing_when_several_add_at_once) {
  temporary_folder const folder;
  auto const add = [&](std::string const& who) {
    token_store store(folder / "tokens.json");
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(store.add({who + std::to_string(i), "", {}, {}}, 1));
  };
  std::thread one(add, "a");
  std::thread two(add, "b");
  one.join();
  two.join();
  EXPECT_EQ(token_store(folder / "tokens.json").list().size(), 40U);
}

TEST(token_store, ends_a_token_at_its_time) {
  temporary_folder const folder;
  token_store store(folder / "tokens.json");
  auto const token = *store.add({"a", "", 100, {}}, 1);
  EXPECT_TRUE(store.find(token, 99));
  EXPECT_FALSE(store.find(token, 100));
}

TEST(token_store, refuses_what_it_cannot_keep) {
  temporary_folder const folder;
  token_store store(folder / "tokens.json");
  ASSERT_TRUE(store.add({"a", "", {}, {}}, 1));
  EXPECT_THAT(store.add({"a", "", {}, {}}, 1).error().message, HasSubstr("already"));
  EXPECT_EQ(store.add({"", "", {}, {}}, 1).error().kind, error_kind::invalid);
  EXPECT_EQ(store.add({"a b", "", {}, {}}, 1).error().kind, error_kind::invalid);
  EXPECT_EQ(store.add({"c", "x\ny", {}, {}}, 1).error().kind, error_kind::invalid);
  EXPECT_EQ(store.add({"c", "", {}, {"v1"}}, 1).error().kind, error_kind::invalid);
  EXPECT_EQ(store.revoke("nobody").error().kind, error_kind::gone);
  token_store nowhere(folder / "missing" / "tokens.json");
  EXPECT_EQ(nowhere.add({"a", "", {}, {}}, 1).error().kind, error_kind::refused);
}

TEST(token_store, keeps_what_it_knew_when_the_file_cannot_be_used) {
  temporary_folder const folder;
  auto const lines = std::make_shared<kept_lines>();
  token_store store(folder / "tokens.json", logger(lines, "http"));
  auto const token = *store.add({"a", "", {}, {}}, 1);
  folder.write("tokens.json", "{nonsense");
  EXPECT_FALSE(store.refresh());
  EXPECT_TRUE(store.refresh()) << "told once";
  EXPECT_TRUE(store.find(token, 2));
  EXPECT_EQ(lines->count("is not used"), 1U);
  EXPECT_FALSE(store.add({"b", "", {}, {}}, 1)) << "it would overwrite what it cannot read";
  folder.write("tokens.json", R"({"tokens":[]})", 0644);
  EXPECT_THAT(store.refresh().error().message, HasSubstr("chmod 600"));
}

TEST(token_entry, is_good_for_its_paths_and_what_is_below) {
  token_entry entry;
  EXPECT_TRUE(entry.good_for("/a"));
  entry.paths = {"/v1", "/x/y"};
  EXPECT_TRUE(entry.good_for("/v1"));
  EXPECT_TRUE(entry.good_for("/v1/calls"));
  EXPECT_FALSE(entry.good_for("/v10"));
  EXPECT_FALSE(entry.good_for("/x"));
  entry.paths = {"/"};
  EXPECT_TRUE(entry.good_for("/a"));
}

}  // namespace
}  // namespace calluna::runtime::web::test
