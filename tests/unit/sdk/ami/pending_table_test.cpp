#include <calluna/ami/pending_table.hpp>

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace calluna::ami {
namespace {

TEST(ami_pending_table, holds_what_a_set_holds_through_many_changes) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937 chance(seed);
    pending_table table;
    std::set<action_id> model;
    for (int step = 0; step < 5'000; ++step) {
      // Some near each other, some equal in their low bits: both ways to collide.
      action_id const id = chance() % 2 == 0 ? chance() % 600 + 1 : (chance() % 600 + 1) << 10;
      if (chance() % 2 == 0) {
        if (model.insert(id).second) table.add(id);
      } else {
        model.erase(id);
        table.erase(id);
      }
      ASSERT_EQ(table.size(), model.size());
    }
    for (action_id id = 1; id < 601; ++id) {
      ASSERT_EQ(table.find(id) != nullptr, model.contains(id));
      ASSERT_EQ(table.find(id << 10) != nullptr, model.contains(id << 10));
      if (auto const* entry = table.find(id)) {
        ASSERT_EQ(entry->id, id);
      }
    }
    table.clear();
    EXPECT_EQ(table.size(), 0U);
    EXPECT_EQ(table.find(1), nullptr);
  }
}

}  // namespace
}  // namespace calluna::ami
