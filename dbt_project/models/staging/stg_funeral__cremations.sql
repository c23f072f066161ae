with source as (
    {{ corrected(source('lake', 'funeral__cremations')) }}
),

latest as (
    select *
    from source
    qualify row_number() over (partition by cremation_id_funeral order by _period_end desc, _batch_no desc, _row_number desc) = 1
),

renamed as (
    select
        -- ids
        cremation_id_funeral,
        person_key,
        hint_head_key,
        hint_tail_key,
        -- dates
        death_date,
        cremation_date,
        person_birth_date as birth_date,
        -- categories
        person_sex_code as sex_code,
        name_masked,
        -- flags
        person_key is not null as has_person_key,
        -- provenance
        _corrections
    from latest
)

select * from renamed
