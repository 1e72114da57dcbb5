#include <calluna/numbers/normalizer.hpp>
#include <calluna/numbers/number_error.hpp>
#include <calluna/numbers/phone_number.hpp>
#include <calluna/numbers/reader.hpp>

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace calluna::numbers {
namespace {

phone_number number(std::string_view text, std::string_view region = "") {
  auto const parsed = parse(text, region);
  EXPECT_TRUE(parsed) << parsed.error().message;
  return parsed.value_or(phone_number{});
}

std::string problem(std::string_view text, std::string_view region) {
  auto const parsed = parse(text, region);
  if (parsed) return "none";
  EXPECT_EQ(parsed.error().kind, error_kind::invalid);
  EXPECT_FALSE(parsed.error().retryable);
  return parsed.error().message;
}

TEST(phone_number, is_formatted_in_each_style) {
  auto const n = number("030 5550000 ext. 7", "DE");
  EXPECT_EQ(n, (phone_number{49, 0, 305550000, "7"}));
  EXPECT_EQ(format(n, number_format::e164), "+49305550000");
  EXPECT_EQ(format(n, number_format::international), "+49 30 5550000 ext. 7");
  EXPECT_EQ(format(n, number_format::national), "030 5550000 ext. 7");
  EXPECT_EQ(format(n, number_format::rfc3966), "tel:+49-30-5550000;ext=7");
  auto const plain = number("+49305550000");
  EXPECT_EQ(format_from(plain, "US"), "011 49 30 5550000");
  EXPECT_EQ(format_from(plain, "DE"), "030 5550000");
  EXPECT_EQ(format_from(plain, ""), "+49 30 5550000");
}

TEST(phone_number, tells_where_it_belongs_and_what_it_is) {
  EXPECT_EQ(region_of(number("+49305550000")), "DE");
  EXPECT_EQ(region_of(number("+14165550101")), "CA");
  EXPECT_EQ(region_of(number("+80012345678")), "001");
  EXPECT_EQ(region_of(number("+1 155 555 0101")), "");
  EXPECT_EQ(to_string(kind_of(number("+4915112345678"))), "mobile");
  EXPECT_EQ(to_string(kind_of(number("+49305550000"))), "fixed_line");
  EXPECT_EQ(to_string(kind_of(number("+14155550101"))), "fixed_line_or_mobile");
  EXPECT_EQ(to_string(kind_of(number("+18003569377"))), "toll_free");
}

TEST(phone_number, possible_is_a_matter_of_length_and_valid_of_ranges) {
  EXPECT_TRUE(is_possible(number("+491234567890")));
  EXPECT_FALSE(is_valid(number("+1 155 555 0101")));
  EXPECT_TRUE(is_possible(number("+1 155 555 0101")));
  EXPECT_TRUE(is_valid(number("+1 415 555 2671")));
  EXPECT_EQ(to_string(possibility_of(number("555 0101", "US"))), "local_only");
  EXPECT_TRUE(is_possible(number("555 0101", "US")));
  EXPECT_EQ(to_string(possibility_of(number("+1 415 55"))), "too_short");
  EXPECT_EQ(to_string(possibility_of(number("+1 415 555 26711"))), "too_long");
  EXPECT_EQ(to_string(possibility_of(number("+376 1234567"))), "invalid_length");
  EXPECT_EQ(to_string(possibility_of(phone_number{999, 0, 5550000, ""})), "invalid_country_code");
}

TEST(phone_number, matches_as_far_as_both_are_told) {
  EXPECT_EQ(match("+49 30 5550000", "tel:+49-30-5550000").value(), number_match::exact);
  EXPECT_EQ(match("+49 30 5550000", "030 5550000").value(), number_match::nsn);
  EXPECT_EQ(match("+1 415 555 0101", "555-0101").value(), number_match::short_nsn);
  EXPECT_EQ(match("+49 30 5550000", "+49 30 5550000 x7").value(), number_match::short_nsn);
  EXPECT_EQ(match("+49 30 5550000", "+49 30 5550001").value(), number_match::none);
  EXPECT_EQ(match(number("+49305550000"), "030 5550000").value(), number_match::nsn);
  EXPECT_EQ(match(number("+49305550000"), number("030 5550000", "DE")), number_match::exact);
  EXPECT_EQ(to_string(number_match::short_nsn), "short_nsn");
  EXPECT_EQ(match("+49 30 5550000", "s").error().message, "'s': not a telephone number");
  EXPECT_EQ(match("s", "+49 30 5550000").error().message, "'s': not a telephone number");
}

TEST(phone_number, an_error_says_what_is_wrong) {
  EXPECT_EQ(problem("030 5550000", ""), "'030 5550000': it has no country code: give a region");
  EXPECT_EQ(problem("030 5550000", "XX"), "'030 5550000': it has no country code: give a region");
  EXPECT_EQ(problem("+999 5550000", "DE"), "'+999 5550000': no country has this code");
  EXPECT_EQ(problem("anonymous", "DE"), "'anonymous': not a telephone number");
  EXPECT_EQ(problem("", "DE"), "'': not a telephone number");
  EXPECT_EQ(problem("0049", "DE"), "'0049': too short");
  EXPECT_EQ(problem("+49 123456789012345678", "DE"), "'+49 123456789012345678': too long");
  EXPECT_EQ(problem(std::string(251, '1'), "US"), '\'' + std::string(40, '1') + "...': too long");
  EXPECT_EQ(problem("\xff\r\nX", "DE"), "'???X': not a telephone number");
  EXPECT_EQ(parse("0", "").error().code, number_errc::not_a_number);
}

TEST(phone_number, regions_are_two_capital_letters) {
  EXPECT_TRUE(is_region("DE"));
  for (auto const* text : {"", "de", "XX", "ZZ", "DEU", "001", "49"})
    EXPECT_FALSE(is_region(text)) << text;
}

TEST(phone_number, one_of_more_than_18_digits_is_no_integer) {
  EXPECT_EQ(to_string(to_e164(phone_number{39, 1, 612345678, ""}).value()), "+390612345678");
  EXPECT_EQ(to_e164(phone_number{1, 0, 12345678901234567, ""})->digits, 112345678901234567u);
  EXPECT_FALSE(to_e164(phone_number{49, 0, 12345678901234567, ""}));
  EXPECT_FALSE(to_e164(phone_number{49, 17, 1, ""}));
  EXPECT_EQ(to_e164(phone_number{49, 1, 0, ""})->digits, 4900u);
}

TEST(phone_number, normalizing_answers_alike_at_first_and_when_remembered) {
  normalizer remembered;
  for (auto const* text :
       {"+49 30 5550000", "030 5550000 x7", "s", "", "101", "+4912345678901234567"}) {
    auto const plain = normalize(text, "DE");
    for (int round = 0; round < 3; ++round) {
      auto const again = remembered.normalize(text, "DE");
      ASSERT_EQ(again.has_value(), plain.has_value()) << text;
      if (plain) {
        EXPECT_EQ(*again, *plain);
      } else {
        EXPECT_EQ(again.error().message, plain.error().message);
      }
    }
  }
}

TEST(phone_number, threads_with_a_reader_each_agree) {
  std::vector<std::uint64_t> sums(4);
  std::vector<std::thread> threads;
  for (auto& sum : sums)
    threads.emplace_back([&sum] {
      reader mine(64);
      normalizer also_mine(64);
      for (int i = 0; i < 300; ++i) {
        auto const text = "030 " + std::to_string(5550000 + i) + (i % 2 == 0 ? " x1" : "");
        sum += mine.read(text, "DE").value().digits;
        sum += also_mine.normalize(text, "DE").value().size();
        sum += static_cast<std::uint64_t>(kind_of(number(text, "DE")));
      }
    });
  for (auto& thread : threads) thread.join();
  for (auto const sum : sums) EXPECT_EQ(sum, sums.front());
}

}  // namespace
}  // namespace calluna::numbers
