#include <calluna/numbers/reader.hpp>

#include <gtest/gtest.h>

#include <string>

namespace calluna::numbers {
namespace {

class number_reader : public ::testing::Test {
 protected:
  /// The key as text, or "none"; the same when asked again.
  std::string read(std::string_view text, std::string_view region = "DE") {
    auto const first = reader_.read(text, region);
    EXPECT_EQ(reader_.read(text, region), first) << text;
    return first ? to_string(*first) : "none";
  }
  reader reader_;
};

TEST_F(number_reader, reads_a_caller_however_the_pbx_writes_it) {
  for (auto const* text :
       {"+49305550000", "0049305550000", "0305550000", "030 / 555 00 00", "+49 (30) 555-0000 x101",
        "tel:+49305550000", "tel:+49-30-555-0000;ext=101",
        "sip:+49305550000@sbc.example:5060;user=phone", "SIPS:0305550000;phone-context=x@10.0.0.1",
        "+49305550000@10.0.0.1", " +49305550000\r\n", "+49 (0)30 5550000",
        "\xef\xbc\x8b\xef\xbc\x94\xef\xbc\x99"
        "305550000",
        "49305550000"})
    EXPECT_EQ(read(text), "+49305550000") << text;
  EXPECT_EQ(read("1-800-FLOWERS", "US"), "+18003569377");
  EXPECT_EQ(read("14155550101", "US"), "+14155550101");
  EXPECT_EQ(read("4165550101", "CA"), "+14165550101");
}

TEST_F(number_reader, what_identifies_no_line_is_no_key) {
  for (auto const* text : {"",
                           " ",
                           "anonymous",
                           "Anonymous",
                           "unknown",
                           "restricted",
                           "private",
                           "unavailable",
                           "s",
                           "i",
                           "t",
                           "<unknown>",
                           "asterisk",
                           "sip:anonymous@anonymous.invalid",
                           "anonymous@anonymous.invalid",
                           "sip:10.0.0.1",
                           "sip:",
                           "@",
                           "+",
                           "00",
                           "*43",
                           "#31#"})
    EXPECT_EQ(read(text), "none") << text;
}

TEST_F(number_reader, extensions_and_short_codes_are_no_keys) {
  for (auto const* text : {"101", "1001", "10010", "200123", "110", "112", "0", "01001",
                           "sip:101@10.0.0.5", "101@internal", "tel:101", "+49110", "101 x12345"})
    EXPECT_EQ(read(text), "none") << text;
  EXPECT_EQ(read("911", "US"), "none");
  EXPECT_EQ(read("555-0101", "US"), "none");  // an area code short of a number
}

TEST_F(number_reader, short_numbers_that_are_whole_are_keys) {
  EXPECT_EQ(read("0865261"), "+49865261");            // with the national prefix
  EXPECT_EQ(read("298 201234", "FO"), "+298201234");  // with the country's code
  EXPECT_EQ(read("201234", "FO"), "+298201234");      // the Faroes have six digits
  EXPECT_EQ(read("1234", "FO"), "none");
}

TEST_F(number_reader, names_with_digits_are_no_keys) {
  for (auto const* text :
       {"agent4930555000", "trunk_4930555000", "user1234567@host", "a+49305550000"})
    EXPECT_EQ(read(text), "none") << text;
  EXPECT_EQ(read("Tel. 030 5550000"), "+49305550000");
}

TEST_F(number_reader, an_odd_number_is_the_same_key_wherever_it_comes_from) {
  // Not in any range that is given out, but long enough.
  EXPECT_EQ(read("+49 12 3456789"), read("012 3456789"));
  EXPECT_NE(read("012 3456789"), "none");
  EXPECT_EQ(read("+49 1"), "none");
  EXPECT_EQ(read("+49 30 55500001234567"), "none");
}

TEST_F(number_reader, without_a_region_only_international_numbers_are_read) {
  for (auto const* region : {"", "XX", "de", "DEU", "001"}) {
    EXPECT_EQ(read("+49 30 5550000", region), "+49305550000") << region;
    EXPECT_EQ(read("030 5550000", region), "none") << region;
  }
}

TEST_F(number_reader, leading_zeros_belong_to_numbers_where_they_do) {
  EXPECT_EQ(read("06 1234 5678", "IT"), "+390612345678");
  EXPECT_EQ(read("+39 06 1234 5678", "DE"), "+390612345678");
}

TEST_F(number_reader, odd_texts_are_remembered_with_their_region) {
  EXPECT_EQ(read("030 555 00 00 #9"), "+49305550000");
  EXPECT_EQ(read("030 555 00 00 #9", "CH"), "+41305550000");
  EXPECT_EQ(read("030 555 00 00 #9", ""), "none");
  EXPECT_EQ(reader_.count().misses, 3u);
  EXPECT_EQ(reader_.count().hits, 3u);
  read("+49305550000");
  EXPECT_EQ(reader_.count().quick, 2u);
}

TEST_F(number_reader, remembers_no_more_than_it_is_told) {
  reader small(64);
  for (int round = 0; round < 2; ++round)
    for (int i = 0; i < 1000; ++i) {
      auto const text = "030 " + std::to_string(1000000 + i) + " #1";
      EXPECT_EQ(to_string(small.read(text, "DE").value()), "+4930" + std::to_string(1000000 + i));
    }
  EXPECT_LE(small.count().hits, 128u);
  EXPECT_GE(small.count().misses, 1872u);
}

TEST_F(number_reader, any_bytes_are_survived) {
  std::string text(300, '1');
  EXPECT_EQ(read(text), "none");
  EXPECT_EQ(read(std::string(100'000, '(')), "none");
  EXPECT_EQ(read(std::string("+4930\0"
                             "5550000",
                             13)),
            read(std::string("+4930\0"
                             "5550000",
                             13)));
  EXPECT_EQ(read("\xff\xfe\xfd"), "none");
}

}  // namespace
}  // namespace calluna::numbers
