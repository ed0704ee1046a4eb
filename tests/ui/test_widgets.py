"""The widgets by name."""


def test_choices_stand_in_the_order_of_the_task_sets(page):
    labels = [choice.label for choice in page.w.choices]
    assert labels == [
        "Right for Hate",
        "Right for Target",
        "Right for Stance",
        "Right for Humour",
        "Right for Techniques",
    ]
