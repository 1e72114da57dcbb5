#include <calluna/calls/call_file.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <unistd.h>

namespace calluna::calls {
namespace {

class call_file_test : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove(path); }
  void TearDown() override { std::filesystem::remove(path); }

  static std::shared_ptr<call const> ringing(std::string id) {
    call c;
    c.id = std::move(id);
    c.caller_name = "Ann \"A\" \xc3\xa4";
    c.started_at = moment(span_of_time(7));
    c.legs.resize(1);
    c.legs[0].channel = "a";
    return std::make_shared<call const>(std::move(c));
  }
  static call_file open(std::string const& at) {
    auto opened = call_file::open(at);
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(*opened);
  }

  std::string path = (std::filesystem::temp_directory_path() /
                      ("calluna_calls_" + std::to_string(::getpid()) + ".db"))
                         .string();
};

TEST_F(call_file_test, what_was_written_is_read_after_it_was_opened_again) {
  {
    auto file = open(path);
    auto const fresh = file.read();
    ASSERT_TRUE(fresh);
    EXPECT_FALSE(told(fresh->at));
    ASSERT_TRUE(file.write({{"0-a", "main", ringing("0-a")}, {"0-b", "main", ringing("0-b")}},
                           moment(span_of_time(100))));
    ASSERT_TRUE(
        file.write({{"0-a", "main", nullptr}, {"0-c", "", nullptr}}, moment(span_of_time(200))));
  }
  auto const kept = open(path).read();
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->at, moment(span_of_time(200)));
  ASSERT_EQ(kept->calls.size(), 1u);
  EXPECT_EQ(kept->calls[0].pbx, "main");
  EXPECT_EQ(kept->calls[0].call.id, "0-b");
  EXPECT_EQ(kept->calls[0].call.caller_name, "Ann \"A\" \xc3\xa4");
  EXPECT_EQ(kept->calls[0].call.legs.size(), 1u);
  EXPECT_EQ(kept->unreadable, 0u);
}

TEST_F(call_file_test, a_file_of_a_newer_version_is_left_alone) {
  {
    auto file = store::database::open(path);
    ASSERT_TRUE(file->set_version(99));
  }
  auto const opened = call_file::open(path);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, error_kind::invalid);
}

TEST_F(call_file_test, a_row_that_is_no_call_is_counted_and_left_out) {
  ASSERT_TRUE(open(path).write({{"0-b", "main", ringing("0-b")}}, moment(span_of_time(1))));
  {
    auto file = store::database::open(path);
    ASSERT_TRUE(file->execute("INSERT INTO live VALUES ('x', 'main', 'nonsense')"));
  }
  auto const kept = open(path).read();
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->calls.size(), 1u);
  EXPECT_EQ(kept->unreadable, 1u);
}

}  // namespace
}  // namespace calluna::calls
