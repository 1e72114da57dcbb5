#include <calluna/directory/snapshot.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace calluna::directory {
namespace {

using numbers::e164;

std::string record_of(std::string const& id, std::string const& name = "") {
  partner p;
  p.id = id;
  p.name = name;
  return encode(p);
}

std::multiset<std::string> found(snapshot const& in, std::uint64_t number) {
  std::multiset<std::string> ids;
  in.find({number},
          [&](record const& r) { ids.insert(std::string(r.id()) + std::string(r.name())); });
  return ids;
}

TEST(directory_snapshot, an_empty_one_knows_nobody) {
  snapshot const none;
  EXPECT_TRUE(found(none, 49301).empty());
  EXPECT_TRUE(none.get("1").bytes().empty());
  EXPECT_EQ(none.partners(), 0U);
}

TEST(directory_snapshot, a_number_may_belong_to_several_and_a_partner_may_have_several) {
  snapshot_builder b;
  b.put(record_of("1"), {{100}, {200}});
  b.put(record_of("2"), {{200}, {200}});
  auto const s = b.finish();
  EXPECT_EQ(found(*s, 100), std::multiset<std::string>{"1"});
  EXPECT_EQ(found(*s, 200), (std::multiset<std::string>{"1", "2"})) << "each once";
  EXPECT_EQ(s->get("2").id(), "2");
}

TEST(directory_snapshot, one_change_leaves_the_one_before_as_it_was) {
  snapshot_builder first;
  first.put(record_of("1", "old"), {{100}});
  first.put(record_of("2", "two"), {{200}});
  auto const before = first.finish();
  snapshot_builder second(before);
  second.put(record_of("1", "new"), {{101}});
  auto const after = second.finish();
  EXPECT_EQ(found(*before, 100), std::multiset<std::string>{"1old"});
  EXPECT_TRUE(found(*after, 100).empty());
  EXPECT_EQ(found(*after, 101), std::multiset<std::string>{"1new"});
  EXPECT_EQ(found(*after, 200), std::multiset<std::string>{"2two"});
  EXPECT_EQ(after->get("1").name(), "new");
  EXPECT_EQ(after->partners(), 2U);
  EXPECT_EQ(after->numbers(), 2U);
}

TEST(directory_snapshot, a_number_that_thousands_share_gives_the_first_of_them_and_costs_no_more) {
  snapshot_builder b;
  for (int i = 0; i < 100'000; ++i) b.put(record_of(std::to_string(i)), {{100}});
  b.put(record_of("other"), {{100}, {101}});
  auto const s = b.finish();
  EXPECT_EQ(found(*s, 100).size(), snapshot::most_matches);
  EXPECT_EQ(found(*s, 101), std::multiset<std::string>{"other"});
  EXPECT_EQ(s->get("99999").id(), "99999");
  EXPECT_EQ(s->partners(), 100'001U);
}

/// What a snapshot should do, without any cleverness.
class plain_model {
 public:
  void put(std::string const& id, std::string const& name, std::vector<e164> const& numbers) {
    all_[id] = {name, {numbers.begin(), numbers.end()}};
  }
  void remove(std::string const& id) { all_.erase(id); }
  void compare(snapshot const& s) const {
    ASSERT_EQ(s.partners(), all_.size());
    std::map<std::uint64_t, std::multiset<std::string>> by_number;
    for (auto const& [id, one] : all_) {
      EXPECT_EQ(s.get(id).name(), one.first);
      for (auto const& number : one.second) by_number[number.digits].insert(id + one.first);
    }
    for (std::uint64_t number = 1; number < 60; ++number)
      EXPECT_EQ(found(s, number), by_number[number]) << number;
    std::set<std::string> seen;
    s.for_each([&](record const& r) { EXPECT_TRUE(seen.insert(std::string(r.id())).second); });
    EXPECT_EQ(seen.size(), all_.size());
  }

 private:
  std::map<std::string, std::pair<std::string, std::set<e164>>> all_;
};

TEST(directory_snapshot, any_sequence_of_changes_gives_what_a_plain_map_gives) {
  std::mt19937 random(7);
  for (int run = 0; run < 20; ++run) {
    plain_model model;
    auto current = std::make_shared<snapshot const>();
    for (int step = 0; step < 30; ++step) {
      // Now and then a change larger than the small part may grow.
      auto const changes = run % 10 == 0 && step == 15 ? 5000U : random() % 8;
      snapshot_builder b(current);
      for (unsigned i = 0; i < changes; ++i) {
        auto const id = std::to_string(random() % (changes > 100 ? 6000 : 40));
        if (random() % 4 == 0) {
          b.remove(id);
          model.remove(id);
          continue;
        }
        std::vector<e164> numbers;
        for (auto n = random() % 3; n > 0; --n) numbers.push_back({1 + random() % 59});
        // More than `most_matches` on one number would be cut.
        if (changes > 100) numbers.clear();
        auto const name = std::to_string(random());
        b.put(record_of(id, name), numbers);
        model.put(id, name, numbers);
      }
      current = b.finish();
      model.compare(*current);
      if (HasFatalFailure()) return;
    }
  }
}

}  // namespace
}  // namespace calluna::directory
