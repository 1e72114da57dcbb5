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

// How often each written form is mutated. Sanitized builds, ten times as slow, do not.
constexpr unsigned full = 1;
#ifdef CALLUNA_THIN_CORPUS
constexpr unsigned variants = 0;
#else
constexpr unsigned variants = full;
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
  corpus const texts(variants);
  RecordProperty("inputs", static_cast<int>(texts.items().size()));
  EXPECT_GE(texts.items().size(), variants == full ? 100'000u : 10'000u);
  normalizer normalized(1 << 10);  // small: places are taken over all the time
  reader keys(1 << 10);
  key_counts count;
  for (auto const& item : texts.items()) {
    SCOPED_TRACE(::testing::PrintToString(item.text) + " in \"" + item.region + '"');
    their_answer const theirs(item);
    ASSERT_NO_FATAL_FAILURE(compare_parsed(item, theirs));
    ASSERT_NO_FATAL_FAILURE(compare_normalized(item, theirs, normalized));
    ASSERT_NO_FATAL_FAILURE(compare_key(item, theirs, keys, count));
  }
  EXPECT_GT(count.keys, texts.items().size() / 5);
  EXPECT_GT(count.extensions, texts.items().size() / 1000);
  // Otherwise the quick way, whose answers this is about, has hardly been gone.
  EXPECT_GT(keys.count().quick, texts.items().size() / 2);
  RecordProperty("quick", static_cast<int>(keys.count().quick / 2));
}

}  // namespace
}  // namespace calluna::numbers
