"""Texts that Piper speaks for the tests of subtitles and videos."""

TEXTS = {
    "river": "The river that begins as a trickle among the stones of a high plateau grows, as it gathers the water"
    " of a hundred smaller streams, into something so wide that a boat in the middle of it sees no bank "
    "at all, and when at last it reaches the sea it has carried with it more soil than all the lorries of"
    " the continent could move in a year. Nobody owns it.",
    "moon": "In 1969, on July 20, two men walked on the Moon for about 2.5 hours. They collected 21.5 kg of rock,"
    " which is worth more than $300 million today. The journey took 3 days; the return took a little "
    "longer.",
    "rain": "Stop. Look up. What do you see? Clouds! They drift, they grow, they rain. Yes, even in the desert.",
    "glass": "Although the first glass was made by accident in the ashes of a fire, it took people thousands of "
    "years to learn how to blow it, how to colour it, how to make it clear, and how to grind it into "
    "lenses, without which there would be no telescopes, no microscopes, and no spectacles for tired "
    "eyes.",
    "bridge": "Every morning thousands of people who work in the tall buildings of the old harbour district walk "
    "across the narrow bridge that was built by the grandfather of the present mayor. They rarely think "
    "about the engineers who had to sink the heavy foundations into soft river mud without the help of "
    "modern machines.",
    "night": '"Why is the sky dark at night?" asked the child. "Because the Sun is on the other side," said her '
    "mother. But there are billions of other suns: why do they not light up the sky? The answer, which "
    "puzzled astronomers for centuries, is that the universe is not old enough.",
    "ward": "Dr. Semmelweis noticed, in the spring of 1847, that mothers died far more often in one ward of the "
    "Vienna hospital than in the other; the only difference was that students came to the first ward "
    "straight from the dissecting room. He asked them to wash their hands. Deaths fell within months, yet"
    " his colleagues laughed at him.",
    "honey": "A jar of honey can keep for three thousand years. Archaeologists have opened pots in Egyptian tombs "
    "and found it still sweet, because honey holds so little water that bacteria dry out before they can "
    "grow.\n\nBees visit some two million flowers for a single jar.",
    "pencil": "A good pencil needs graphite from Sri Lanka, clay from Mississippi, cedar from California, rubber "
    "from Indonesia, brass made of copper and zinc, lacquer, glue, wax, and the labour of people who will"
    " never meet.",
    "string": "When a string is plucked it does not simply swing to and fro: it swings as a whole, and in halves, "
    "and in thirds, and in quarters, all at the same time, and the ear hears these together as a single "
    "note.",
    "yeast": "When yeast eats sugar it makes gas. The gas is caught in the dough. The dough rises. Then comes the "
    "oven, and heat sets the crumb.",
    "tea": "Few people stop to think about tea, yet it touches ordinary life in many ways, from the morning "
    "kettle to the last cup of the evening, and whole empires have been won and lost over who may carry "
    "it across the sea.",
}
