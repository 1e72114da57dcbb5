#include "temporary_folder.hpp"

#include <calluna/runtime/secret.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <type_traits>
#include <utility>

namespace calluna::runtime {
namespace {

using test::environment_variable;
using test::temporary_folder;
using testing::HasSubstr;

template <class T>
concept streamable = requires(std::ostream& out, T const& value) {
  out << value;
};

static_assert(!streamable<secret>);
static_assert(!std::is_copy_constructible_v<secret>);

TEST(secret, is_empty_after_it_was_moved_away) {
  secret a{"correct horse"};
  secret const b{std::move(a)};
  EXPECT_TRUE(a.empty());
  EXPECT_EQ(b.reveal(), "correct horse");
}

TEST(secret, comes_from_a_private_file_without_its_last_newline) {
  temporary_folder const folder;
  for (std::string const end : {"", "\n", "\r\n", "\n\n"}) {
    auto const read = secret_from_file(folder.write("s", "correct horse" + end, 0640), "ann");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->reveal(), "correct horse");
  }
}

TEST(secret, is_refused_from_a_file_open_to_everyone) {
  temporary_folder const folder;
  for (int const mode : {0604, 0644, 0602, 0601}) {
    auto const read = secret_from_file(folder.write("s", "correct horse", mode), "ann");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, error_kind::refused);
    EXPECT_THAT(read.error().message, HasSubstr("chmod"));
    EXPECT_THAT(read.error().message, HasSubstr("open to everyone"));
  }
}

TEST(secret, is_refused_from_a_file_that_is_empty_missing_large_or_of_several_lines) {
  temporary_folder const folder;
  auto const message = [](std::filesystem::path const& file) {
    auto const read = secret_from_file(file, "ann");
    return read ? std::string{"accepted"} : read.error().message;
  };
  EXPECT_THAT(message(folder.write("empty", "\n")), HasSubstr("is empty"));
  EXPECT_THAT(message(folder / "missing"), HasSubstr("No such file"));
  EXPECT_THAT(message(folder.path()), HasSubstr("not a regular file"));
  EXPECT_THAT(message(folder.write("lines", "one\ntwo\n")), HasSubstr("more than one line"));
  EXPECT_THAT(message(folder.write("large", std::string(4097, 'x'))), HasSubstr("larger than"));
}

TEST(secret, does_not_wait_for_the_writer_of_a_fifo) {
  temporary_folder const folder;
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  EXPECT_FALSE(secret_from_file(folder / "fifo", "ann"));
}

TEST(secret, comes_from_the_environment) {
  environment_variable const set{"CALLUNA_TEST_SECRET", "correct horse"};
  auto const read = secret_from_env("CALLUNA_TEST_SECRET", "ann");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->reveal(), "correct horse");
}

TEST(secret, is_refused_from_an_environment_variable_that_is_unset_or_empty) {
  environment_variable const set{"CALLUNA_TEST_SECRET", nullptr};
  EXPECT_THAT(secret_from_env("CALLUNA_TEST_SECRET", "ann").error().message, HasSubstr("not set"));
  environment_variable const empty{"CALLUNA_TEST_SECRET", ""};
  EXPECT_THAT(secret_from_env("CALLUNA_TEST_SECRET", "ann").error().message, HasSubstr("is empty"));
}

TEST(secret, is_refused_when_everybody_knows_it) {
  for (auto const* text :
       {"calluna", "secret", "Password", "ASTERISK", "admin", "amp111", "mysecret", "changeme", "1",
        "1234", "123456", "1234567890", "ann", "ANN"})
    EXPECT_NE(refuse_weak_secret(text, "ann"), "") << text;
  for (auto const* text : {"correct horse", "12345x", "secretary of state", "4711"})
    EXPECT_EQ(refuse_weak_secret(text, "ann"), "") << text;
}

TEST(secret, is_never_part_of_the_refusal) {
  temporary_folder const folder;
  auto const read = secret_from_file(folder.write("s", "amp111"), "ann");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message.find("amp111"), std::string::npos);
}

}  // namespace
}  // namespace calluna::runtime
