with source as (
    {{ corrected(source('lake', 'police__population')) }}
),

-- A person is listed in the last full delivery and again in each delivery that changes something: the last row counts.
-- Only repeated persons are sorted; sorting all of them costs twice as much.
repeated as (
    select person_key
    from source
    group by person_key
    having count(*) > 1
),

latest as (
    select *
    from source
    where person_key not in (select person_key from repeated)
    union all
    select *
    from source
    where person_key in (select person_key from repeated)
    qualify row_number() over (partition by person_key order by _period_end desc, _batch_no desc, _row_number desc) = 1
),

renamed as (
    select
        -- ids
        person_key,
        household_id_police,
        hint_head_key,
        hint_tail_key,
        -- dates
        coalesce(person_birth_date, birth_date) as birth_date,
        -- A cancelled or moved person without a day left by the delivery that says so.
        coalesce(change_date, _period_end) as change_date,
        case when person_status_code = '1' then coalesce(change_date, person_birth_date, birth_date) else coalesce(person_birth_date, birth_date) end
            as registered_from_date,
        -- categories
        person_status_code,
        coalesce(person_sex_code, sex_code) as sex_code,
        area_code,
        urban_rural_code,
        name_masked,
        -- provenance
        _corrections
    from latest
)

select * from renamed
