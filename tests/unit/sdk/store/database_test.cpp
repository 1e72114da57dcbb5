#include <calluna/store/database.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace calluna::store {
namespace {

namespace fs = std::filesystem;

class database_in_a_folder : public testing::Test {
 protected:
  database_in_a_folder() { fs::create_directories(folder_); }
  ~database_in_a_folder() override { fs::remove_all(folder_); }
  fs::path const folder_ =
      fs::temp_directory_path() / ("calluna_store_test_" + std::to_string(::getpid()));
};

TEST_F(database_in_a_folder, keeps_what_was_committed_and_nothing_else) {
  auto const path = (folder_ / "below" / "a.sqlite").string();
  {
    auto d = database::open(path);
    ASSERT_TRUE(d) << d.error().message;
    ASSERT_TRUE(d->execute("CREATE TABLE t (a, b)"));
    auto put = d->prepare("INSERT INTO t VALUES (?1, ?2)");
    ASSERT_TRUE(put);
    {
      auto all = transaction::begin(*d);
      ASSERT_TRUE(all);
      put->bind(1, std::int64_t{7});
      put->bind_blob(2, std::string_view("\0x", 2));
      ASSERT_TRUE(put->run());
      ASSERT_TRUE(all->commit());
    }
    auto all = transaction::begin(*d);
    put->bind(1, std::int64_t{8});
    ASSERT_TRUE(put->run());
  }
  auto d = database::open(path);
  ASSERT_TRUE(d);
  auto rows = d->prepare("SELECT a, b FROM t");
  ASSERT_TRUE(rows->step().value());
  EXPECT_EQ(rows->integer(0), 7);
  EXPECT_EQ(rows->blob(1), std::string_view("\0x", 2));
  EXPECT_FALSE(rows->step().value());
}

TEST_F(database_in_a_folder, is_readable_by_its_owner_only) {
  auto const path = folder_ / "a.sqlite";
  ASSERT_TRUE(database::open(path.string()));
  EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(database_in_a_folder, a_damaged_file_is_an_error_that_names_it) {
  auto const path = (folder_ / "broken.sqlite").string();
  std::ofstream(path) << "this is a text, and long enough to be looked at as a database's header, "
                         "which has a hundred bytes";
  auto const d = database::open(path);
  ASSERT_FALSE(d);
  EXPECT_THAT(d.error().message, testing::HasSubstr("broken.sqlite"));
  EXPECT_FALSE(d.error().retryable);
}

TEST_F(database_in_a_folder, a_folder_that_cannot_be_made_is_an_error_that_names_it) {
  std::ofstream(folder_ / "file") << "";
  auto const d = database::open((folder_ / "file" / "a.sqlite").string());
  ASSERT_FALSE(d);
  EXPECT_THAT(d.error().message, testing::HasSubstr("/file"));
}

TEST_F(database_in_a_folder, wrong_sql_is_an_error) {
  auto d = database::open("");
  ASSERT_TRUE(d);
  auto const s = d->prepare("SELECT a FROM nowhere");
  ASSERT_FALSE(s);
  EXPECT_THAT(s.error().message, testing::HasSubstr("nowhere"));
}

}  // namespace
}  // namespace calluna::store
