#include "../../../../runtime/src/recording/own_ids.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace calluna::runtime::recording {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(own_ids, are_found_with_and_without_a_random_part) {
  EXPECT_THAT(own_ids::in("a calluna-1f2e3d4c-3-ch7/b calluna-2-bridge1."),
              ElementsAre("calluna-1f2e3d4c-3-ch7", "calluna-2-bridge1"));
  EXPECT_THAT(own_ids::in("calluna calluna- calluna-x calluna-12345678-calls calluna-1-ch"),
              IsEmpty());
}

TEST(own_ids, stand_for_those_of_the_recording_from_the_first_request_on) {
  own_ids ids;
  EXPECT_TRUE(ids.alike("POST bridges?bridgeId=calluna-1f2e3d4c-3-b1",
                        "POST bridges?bridgeId=calluna-1-b9"));
  ids.learn("POST bridges?bridgeId=calluna-1f2e3d4c-3-b1", "POST bridges?bridgeId=calluna-1-b9");
  EXPECT_EQ(ids.translate("{\"id\":\"calluna-1f2e3d4c-3-b1\",\"x\":\"calluna-1f2e3d4c-3-b2\"}"),
            "{\"id\":\"calluna-1-b9\",\"x\":\"calluna-1f2e3d4c-3-b2\"}");
  EXPECT_TRUE(ids.alike("DELETE bridges/calluna-1f2e3d4c-3-b1", "DELETE bridges/calluna-1-b9"));
  EXPECT_FALSE(ids.alike("DELETE bridges/calluna-1f2e3d4c-3-b2", "DELETE bridges/calluna-1-b9"));
  EXPECT_TRUE(ids.alike("DELETE bridges/calluna-1f2e3d4c-3-b2", "DELETE bridges/calluna-1-b10"));
}

TEST(own_ids, learn_nothing_from_requests_that_name_different_numbers_of_them) {
  own_ids ids;
  ids.learn("calluna-1f2e3d4c-3-b1 calluna-1f2e3d4c-3-b2", "calluna-1-b1");
  EXPECT_EQ(ids.translate("calluna-1f2e3d4c-3-b1"), "calluna-1f2e3d4c-3-b1");
}

}  // namespace
}  // namespace calluna::runtime::recording
