#include "corpus.hpp"

#include <calluna/numbers/normalizer.hpp>
#include <calluna/numbers/number_error.hpp>
#include <calluna/numbers/phone_number.hpp>
#include <calluna/numbers/reader.hpp>

#include <gtest/gtest.h>

namespace calluna::numbers {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CALLUNA_THIN_CORPUS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CALLUNA_THIN_CORPUS 1
#endif
#endif

#ifdef CALLUNA_THIN_CORPUS
constexpr std::size_t step = 8;  // sanitized builds are ten times as slow
#else
constexpr std::size_t step = 1;
#endif

using util = i18n::phonenumbers::PhoneNumberUtil;
using their_number = i18n::phonenumbers::PhoneNumber;

/// What libphonenumber says, asked directly.
struct their_answer {
  explicit their_answer(corpus::item const& item) {
    auto const& library = *util::GetInstance();
    good = library.ParseAndKeepRawInput(item.text, item.region, &number) == util::NO_PARSING_ERROR;
    if (!good) return;
    number.clear_raw_input();  // which Format prefers for +49 0000
    library.Format(number, util::E164, &e164);
    library.GetNationalSignificantNumber(number, &significant);
    why = library.IsPossibleNumberWithReason(number);
    valid = library.IsValidNumber(number);
  }
  bool good, valid = false;
  their_number number;
  std::string e164, significant;
  util::ValidationResult why{};
};

void compare_parsed(corpus::item const& item, their_answer const& theirs) {
  auto const ours = parse(item.text, item.region);
  ASSERT_EQ(ours.has_value(), theirs.good);
  if (!ours) {
    ASSERT_EQ(ours.error().kind, error_kind::invalid);
    ASSERT_EQ(ours.error().code.category(), number_category());
    return;
  }
  auto const& n = theirs.number;
  ASSERT_EQ(ours->country_code, n.country_code());
  ASSERT_EQ(ours->national, n.national_number());
  ASSERT_EQ(ours->leading_zeros, n.italian_leading_zero() ? n.number_of_leading_zeros() : 0);
  ASSERT_EQ(ours->extension, n.extension());
  ASSERT_EQ(static_cast<int>(possibility_of(*ours)), static_cast<int>(theirs.why));
  ASSERT_EQ(is_valid(*ours), theirs.valid);
}

/// What is libphonenumber's own but for the way there and back.
void compare_told(corpus::item const& item, their_answer const& theirs) {
  if (!theirs.good) return;
  auto const& library = *util::GetInstance();
  auto const& n = theirs.number;
  std::string text;
  auto const ours = parse(item.text, item.region).value();
  library.Format(n, util::RFC3966, &text);
  ASSERT_EQ(format(ours, number_format::rfc3966), text);
  ASSERT_EQ(format(ours, number_format::e164), theirs.e164);
  library.Format(n, util::INTERNATIONAL, &text);
  ASSERT_EQ(format(ours, number_format::international), text);
  library.Format(n, util::NATIONAL, &text);
  ASSERT_EQ(format(ours, number_format::national), text);
  library.FormatOutOfCountryCallingNumber(n, "US", &text);
  ASSERT_EQ(format_from(ours, "US"), text);
  library.GetRegionCodeForNumber(n, &text);
  ASSERT_EQ(region_of(ours), text == "ZZ" ? "" : text);
  ASSERT_EQ(static_cast<int>(kind_of(ours)), static_cast<int>(library.GetNumberType(n)));
}

void compare_match(corpus::item const& a, corpus::item const& b) {
  auto const theirs = util::GetInstance()->IsNumberMatchWithTwoStrings(a.text, b.text);
  auto const ours = match(a.text, b.text);
  ASSERT_EQ(ours.has_value(), theirs != util::INVALID_NUMBER);
  int const word = ours ? static_cast<int>(*ours) + 1 : 0;  // ours begin with what is no match
  ASSERT_EQ(word, static_cast<int>(theirs));
}

/// The quick way, if it went; first and remembered answers.
void compare_normalized(corpus::item const& item, their_answer const& theirs, normalizer& ours) {
  for (int round = 0; round < 2; ++round) {
    auto const text = ours.normalize(item.text, item.region);
    ASSERT_EQ(text.has_value(), theirs.good);
    ASSERT_EQ(text.value_or(""), theirs.e164);
  }
}

struct key_counts {
  std::size_t keys = 0, extensions = 0;
};

/// A key is the library's number; where it has a possible number and there is no key, there is one
/// of the reasons.
void compare_key(corpus::item const& item, their_answer const& theirs, reader& ours,
                 key_counts& count) {
  auto const key = ours.read(item.text, item.region);
  ASSERT_EQ(ours.read(item.text, item.region), key);
  if (item.text.find_first_of("@:_") != std::string::npos) return;  // taken apart before it is read
  bool const possible = theirs.good && theirs.why == util::IS_POSSIBLE;
  if (key) {
    ASSERT_TRUE(possible);
    ASSERT_EQ(to_string(*key), theirs.e164);
    ++count.keys;
    return;
  }
  if (!possible) return;
  bool const like_extension =
      theirs.significant.size() < 7 &&
      theirs.number.country_code_source() == their_number::FROM_DEFAULT_COUNTRY;
  auto const first = item.text.find_first_of("+0123456789");
  bool const part_of_word = first != std::string::npos && first > 0 &&
                            std::isalpha(static_cast<unsigned char>(item.text[first - 1])) != 0;
  ASSERT_TRUE(like_extension || part_of_word || theirs.e164.size() > 19);
  count.extensions += like_extension ? 1 : 0;
}

TEST(numbers_beside_libphonenumber, every_answer_is_its_own) {
  corpus const texts;
  auto const inputs = texts.items().size() / step;
  RecordProperty("inputs", static_cast<int>(inputs));
  EXPECT_GE(inputs, 100'000u / step);
  normalizer normalized(1 << 10);  // small: places are taken over all the time
  reader keys(1 << 10);
  key_counts count;
  for (std::size_t i = 0; i < texts.items().size(); i += step) {
    auto const& item = texts.items()[i];
    SCOPED_TRACE(::testing::PrintToString(item.text) + " in \"" + item.region + '"');
    their_answer const theirs(item);
    ASSERT_NO_FATAL_FAILURE(compare_parsed(item, theirs));
    ASSERT_NO_FATAL_FAILURE(compare_normalized(item, theirs, normalized));
    ASSERT_NO_FATAL_FAILURE(compare_key(item, theirs, keys, count));
    if (i % 16 != 0 || i == 0) continue;  // these take long, and are not ours
    ASSERT_NO_FATAL_FAILURE(compare_told(item, theirs));
    ASSERT_NO_FATAL_FAILURE(compare_match(item, texts.items()[i - 1]));
  }
  EXPECT_GT(count.keys, inputs / 5);
  EXPECT_GT(count.extensions, inputs / 1000);
  // Otherwise the quick way, whose answers this is about, has hardly been gone.
  EXPECT_GT(keys.count().quick, inputs / 2);
  RecordProperty("quick", static_cast<int>(keys.count().quick / 2));
}

}  // namespace
}  // namespace calluna::numbers
