from memeclip_core.memory import Memory


def test_what_was_not_used_for_longest_is_forgotten():
    memory = Memory(2)
    memory.put("a", 1)
    memory.put("b", 2)
    assert memory.get("a") == 1
    memory.put("c", 3)
    assert (memory.get("a"), memory.get("b"), memory.get("c")) == (1, None, 3)


def test_a_value_is_replaced_and_forgotten():
    memory = Memory(2)
    memory.put("a", 1)
    memory.put("a", 2)
    assert memory.get("a") == 2
    memory.forget("a")
    memory.forget("a")
    assert memory.get("a") is None
