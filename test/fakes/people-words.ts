/** Word lists of the contact generator: names in many scripts, places that fit them, companies, notes. */

export interface Locale {
  /** Given and family names; `latin` is how the person signs e-mail. */
  people: readonly { given: string; family: string; latin: string }[];
  /** The family name stands first in the full name, and what stands between the two. */
  familyFirst?: string;
  country: string;
  countryCode: string;
  /** Prefix of the phone numbers, with blanks as people write them. */
  dial: string;
  places: readonly { street: string; locality: string; region: string; postcode: string }[];
}

export const LOCALES: readonly Locale[] = [
  {
    people: [
      { given: 'Anna', family: 'Müller', latin: 'anna.mueller' },
      { given: 'Jürgen', family: 'Groß', latin: 'juergen.gross' },
      { given: 'Karl-Heinz', family: 'von der Tann', latin: 'kh.tann' },
    ],
    country: 'Deutschland',
    countryCode: 'DE',
    dial: '+49 30',
    places: [
      { street: 'Straße des 17. Juni 135', locality: 'Berlin', region: 'BE', postcode: '10623' },
      { street: 'Königsallee 2', locality: 'Düsseldorf', region: 'NW', postcode: '40212' },
    ],
  },
  {
    people: [
      { given: 'Zoë', family: 'O’Connor', latin: 'zoe.oconnor' },
      { given: 'John', family: 'Smith', latin: 'john.smith' },
      { given: 'Mary Ann', family: "D'Angelo", latin: 'maryann' },
    ],
    country: 'United States',
    countryCode: 'US',
    dial: '+1 415',
    places: [
      { street: '1600 Main St', locality: 'San Francisco', region: 'CA', postcode: '94105' },
      { street: '24 Beacon Street', locality: 'Boston', region: 'MA', postcode: '02133' },
    ],
  },
  {
    people: [
      { given: 'José Luis', family: 'Núñez de la Cruz', latin: 'jl.nunez' },
      { given: 'María', family: 'Peña', latin: 'maria.pena' },
    ],
    country: 'España',
    countryCode: 'ES',
    dial: '+34 91',
    places: [{ street: 'Calle de Alcalá, 50', locality: 'Madrid', region: 'Madrid', postcode: '28014' }],
  },
  {
    people: [
      { given: 'Łukasz', family: 'Żółtowski', latin: 'l.zoltowski' },
      { given: 'Agnieszka', family: 'Wiśniewska', latin: 'agnieszka' },
    ],
    country: 'Polska',
    countryCode: 'PL',
    dial: '+48 22',
    places: [{ street: 'ul. Nowy Świat 15/17', locality: 'Warszawa', region: 'mazowieckie', postcode: '00-029' }],
  },
  {
    people: [
      { given: 'Ольга', family: 'Соколова', latin: 'o.sokolova' },
      { given: 'Дмитро', family: 'Ющенко', latin: 'd.yushchenko' },
    ],
    country: 'Україна',
    countryCode: 'UA',
    dial: '+380 44',
    places: [{ street: 'вул. Хрещатик, 22', locality: 'Київ', region: 'Київ', postcode: '01001' }],
  },
  {
    people: [
      { given: 'Ελένη', family: 'Παπαδοπούλου', latin: 'eleni.p' },
      { given: 'Γιώργος', family: 'Νικολάου', latin: 'g.nikolaou' },
    ],
    country: 'Ελλάδα',
    countryCode: 'GR',
    dial: '+30 21',
    places: [{ street: 'Ερμού 8', locality: 'Αθήνα', region: 'Αττική', postcode: '105 63' }],
  },
  {
    people: [
      { given: 'محمد', family: 'العبد الله', latin: 'm.alabdullah' },
      { given: 'ليلى', family: 'حدّاد', latin: 'layla.haddad' },
    ],
    country: 'مصر',
    countryCode: 'EG',
    dial: '+20 2',
    places: [{ street: 'شارع طلعت حرب ١٢', locality: 'القاهرة', region: 'القاهرة', postcode: '11511' }],
  },
  {
    people: [
      { given: 'נועה', family: 'לוי', latin: 'noa.levi' },
      { given: 'דָּוִד', family: 'כהן', latin: 'david.cohen' },
    ],
    country: 'ישראל',
    countryCode: 'IL',
    dial: '+972 3',
    places: [{ street: 'רוטשילד 16', locality: 'תל אביב', region: 'תל אביב', postcode: '6688119' }],
  },
  {
    people: [
      { given: '小明', family: '王', latin: 'xiaoming.wang' },
      { given: '𠮷子', family: '欧阳', latin: 'ouyang' },
    ],
    familyFirst: '',
    country: '中国',
    countryCode: 'CN',
    dial: '+86 10',
    places: [{ street: '长安街1号', locality: '北京市', region: '北京', postcode: '100010' }],
  },
  {
    people: [
      { given: '花子', family: '山田', latin: 'hanako.yamada' },
      { given: '健太郎', family: '齋藤', latin: 'k.saito' },
    ],
    familyFirst: ' ',
    country: '日本',
    countryCode: 'JP',
    dial: '+81 3',
    places: [{ street: '千代田1-1', locality: '千代田区', region: '東京都', postcode: '100-0001' }],
  },
  {
    people: [
      { given: '서연', family: '김', latin: 'seoyeon.kim' },
      { given: '민준', family: '박', latin: 'minjun.park' },
    ],
    familyFirst: '',
    country: '대한민국',
    countryCode: 'KR',
    dial: '+82 2',
    places: [{ street: '세종대로 110', locality: '중구', region: '서울특별시', postcode: '04524' }],
  },
  {
    people: [
      { given: 'प्रिया', family: 'शर्मा', latin: 'priya.sharma' },
      { given: 'अर्जुन', family: 'कुलकर्णी', latin: 'arjun.k' },
    ],
    country: 'भारत',
    countryCode: 'IN',
    dial: '+91 11',
    places: [{ street: 'राजपथ 5', locality: 'नई दिल्ली', region: 'दिल्ली', postcode: '110001' }],
  },
  {
    people: [
      { given: 'สมชาย', family: 'ใจดี', latin: 'somchai' },
      { given: 'Nguyễn Thị', family: 'Hằng', latin: 'hang.nguyen' },
    ],
    country: 'ประเทศไทย',
    countryCode: 'TH',
    dial: '+66 2',
    places: [{ street: 'ถนนสุขุมวิท 21', locality: 'กรุงเทพมหานคร', region: 'กรุงเทพฯ', postcode: '10110' }],
  },
];

export const COMPANIES = [
  'Nordwind GmbH & Co. KG',
  'Acme, Inc.',
  'Société Générale d’Études',
  '株式会社さくら',
  'Ромашка ООО',
  'Lighthouse "Beacon" Ltd',
  'Foo\\Bar Software; Services',
  'شركة النيل',
] as const;

export const UNITS = ['Sales', 'Entwicklung', 'R&D, Lab 2', 'Кадры', '経理部', 'Support; 2nd level'] as const;
export const TITLES = [
  'Engineer',
  'Head of Purchasing',
  'Geschäftsführerin',
  'Директор',
  '部長',
  'CTO, co-founder',
] as const;
export const CATEGORIES = ['Friends', 'Customers', 'Family', 'Лыжи', 'VIP, press', 'Lieferanten', '取引先'] as const;
export const NOTES = [
  'Met at the fair.\nPrefers e-mail; calls only after 4 p.m., please.',
  'Allergic to nuts.\n\nGate code: 4711#\nDog is called "Rex".',
  'Sprich Deutsch!\nC:\\new\\table is where the files are.',
  'שלום\nعند الوصول اتصل\n到了请打电话',
  '- one\n- two\n\t- two and a half',
] as const;
